import { type ServerDuplexStream, status } from '@grpc/grpc-js';
import { type FakeApi, type FakeAudioStream, type FakeRequest, FakeStatus, statusError } from './fake-api.ts';
import type { Ear } from './fake-ear.ts';

const RATES = { min: 8_000, max: 48_000 };

/** Bytes that are no message. */
const GARBAGE = Buffer.from([0xff, 0xff, 0xff, 0xff]);

/** How an edition writes the messages of a stream of audio. */
export interface StreamDialect<Request, Response> {
  /** The first message; its query is to be filled with what is heard. @throws FakeStatus */
  first(message: Request): { request: FakeRequest; encoding: string; rate: number; singleUtterance: boolean };
  /** A later one. @throws FakeStatus */
  audio(message: Request): Buffer;
  interim(text: string): Response;
  final(text: string): Response;
  endOfUtterance: Response;
  answer(request: FakeRequest): AsyncIterable<Response>;
}

/**
 * StreamingDetectIntent with audio: the configuration first and without audio, then audio alone, a minute at most of either
 * clock; a single utterance is answered when it is over, or when no more audio comes.
 */
export function serveStream<Request, Response>(
  call: ServerDuplexStream<Request, Response | Buffer>,
  api: FakeApi,
  dialect: StreamDialect<Request, Response>,
): void {
  let begun: { request: FakeRequest; ear: Ear } | undefined;
  /** The caller has finished. */
  let ended = false;
  let answering = false;
  const stream: FakeAudioStream = {
    get sessionId() {
      return begun?.request.id ?? '';
    },
    get heardMs() {
      return begun?.ear.heardMs ?? 0;
    },
    fail(code, message = 'as told') {
      answering = true;
      over(new FakeStatus(code, message));
    },
    garble: () => void call.write(GARBAGE),
  };
  /** Nothing is heard any more. */
  const deaf = () => {
    clearTimeout(limit);
    api.hearing.delete(stream);
  };
  const over = (error: unknown) => {
    deaf();
    call.emit('error', statusError(error));
  };
  const limit = setTimeout(() => {
    if (answering) return;
    api.exceeded += 1;
    over(new FakeStatus(status.OUT_OF_RANGE, 'Exceeded maximum allowed stream duration.'));
  }, api.streamLimitMs);

  const answer = async (text: string) => {
    if (answering || begun === undefined) return;
    answering = true;
    deaf();
    try {
      const request: FakeRequest = { ...begun.request, query: { type: 'audio', text } };
      api.check(request);
      const fault = api.faults.shift();
      if (fault === 'hang') return;
      if (fault === 'cut') {
        // What was written goes out before.
        setTimeout(() => api.cut(), 30);
        return;
      }
      if (fault === 'garbage') {
        call.write(GARBAGE);
        call.end();
        return;
      }
      if (typeof fault === 'object') throw new FakeStatus(fault.code, fault.message ?? 'as told');
      for await (const response of dialect.answer(request)) call.write(response);
      call.end();
    } catch (error) {
      over(error);
    }
  };

  const begin = (message: Request) => {
    api.admit(call.metadata, 'audio');
    const { request, encoding, rate, singleUtterance } = dialect.first(message);
    if (rate < RATES.min || rate > RATES.max) throw new FakeStatus(status.INVALID_ARGUMENT, 'sampleRateHertz is wrong');
    if (!singleUtterance) throw new FakeStatus(status.UNIMPLEMENTED, 'the fake knows single utterances only');
    api.known(request.session);
    const fault = api.streamFaults.shift();
    if (fault !== undefined) throw new FakeStatus(fault.code, fault.message ?? 'as told');
    api.streams += 1;
    begun = { request, ear: api.ear(encoding, rate, request.id) };
    api.hearing.add(stream);
  };

  const tell = (say: () => void) => {
    const { textDelayMs } = api;
    if (textDelayMs === 0) say();
    else setTimeout(() => call.cancelled || say(), textDelayMs);
  };

  const hear = (bytes: Buffer, ear: Ear) => {
    for (const event of ear.hear(bytes)) {
      if (ended) return;
      if (event.type === 'word') tell(() => call.write(dialect.interim(event.text)));
      else {
        ended = true;
        call.write(dialect.endOfUtterance);
        tell(() => {
          call.write(dialect.final(event.text));
          void answer(event.text);
        });
      }
    }
    if (ear.heardMs > api.streamLimitMs && !ended) {
      api.exceeded += 1;
      throw new FakeStatus(status.OUT_OF_RANGE, 'Audio must not exceed 1 minute.');
    }
  };

  call.on('data', (message: Request) => {
    try {
      if (begun === undefined) begin(message);
      else if (!ended && !answering) hear(dialect.audio(message), begun.ear);
    } catch (error) {
      answering = true;
      over(error);
    }
  });
  const finish = () => {
    if (ended || answering || begun === undefined || call.cancelled) return;
    ended = true;
    const { text } = begun.ear;
    if (text !== '') call.write(dialect.final(text));
    void answer(text);
  };
  // A stream that is cancelled ends too, and says so afterwards.
  call.on('end', () => void setTimeout(finish, 20));
  call.on('cancelled', () => {
    answering = true;
    deaf();
  });
  call.on('error', deaf);
}
