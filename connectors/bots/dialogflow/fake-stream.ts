import { type ServerDuplexStream, status } from '@grpc/grpc-js';
import { type FakeApi, type FakeRequest, FakeStatus, statusError } from './fake-api.ts';
import { FakeEar } from './fake-ear.ts';

const RATES = { min: 8_000, max: 48_000 };

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
  call: ServerDuplexStream<Request, Response>,
  api: FakeApi,
  dialect: StreamDialect<Request, Response>,
): void {
  let begun: { request: FakeRequest; ear: FakeEar } | undefined;
  let answering = false;
  const over = (error: unknown) => {
    clearTimeout(limit);
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
    clearTimeout(limit);
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
      if (typeof fault === 'object') throw new FakeStatus(fault.code, fault.message ?? 'as told');
      for await (const response of dialect.answer(request)) call.write(response);
      call.end();
    } catch (error) {
      over(error);
    }
  };

  const begin = (message: Request) => {
    api.admit(call.metadata);
    const { request, encoding, rate, singleUtterance } = dialect.first(message);
    if (rate < RATES.min || rate > RATES.max) throw new FakeStatus(status.INVALID_ARGUMENT, 'sampleRateHertz is wrong');
    if (!singleUtterance) throw new FakeStatus(status.UNIMPLEMENTED, 'the fake knows single utterances only');
    api.known(request.session);
    const fault = api.streamFaults.shift();
    if (fault !== undefined) throw new FakeStatus(fault.code, fault.message ?? 'as told');
    api.streams += 1;
    begun = { request, ear: new FakeEar(encoding, rate) };
  };

  const hear = (bytes: Buffer, ear: FakeEar) => {
    for (const event of ear.hear(bytes)) {
      if (answering) return;
      if (event.type === 'word') call.write(dialect.interim(event.text));
      else {
        call.write(dialect.endOfUtterance);
        call.write(dialect.final(event.text));
        void answer(event.text);
      }
    }
    if (ear.heardMs > api.streamLimitMs && !answering) {
      api.exceeded += 1;
      throw new FakeStatus(status.OUT_OF_RANGE, 'Audio must not exceed 1 minute.');
    }
  };

  call.on('data', (message: Request) => {
    try {
      if (begun === undefined) begin(message);
      else if (!answering) hear(dialect.audio(message), begun.ear);
    } catch (error) {
      answering = true;
      over(error);
    }
  });
  const finish = () => {
    if (answering || begun === undefined || call.cancelled) return;
    const { text } = begun.ear;
    if (text !== '') call.write(dialect.final(text));
    void answer(text);
  };
  // A stream that is cancelled ends too, and says so afterwards.
  call.on('end', () => void setTimeout(finish, 20));
  call.on('cancelled', () => {
    answering = true;
    clearTimeout(limit);
  });
  call.on('error', () => clearTimeout(limit));
}
