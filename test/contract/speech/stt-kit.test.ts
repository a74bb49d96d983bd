import { describe, expect, test } from 'vitest';
import { SpeechError, type SpeechToText, type SttSession } from '../../../src/speech/ports.ts';
import { broken, nothing, opening, pass, type Tell } from './broken-stt.ts';
import { memoryStt } from './memory.ts';
import { sttContractCases } from './stt-contract.ts';

/** Ways to break a recogniser that works, and a case of the kit that has to notice each. */
const breakages: {
  fault: string;
  noticedBy: string;
  endpointing?: 'vendor';
  wrap: (inner: SpeechToText) => SpeechToText;
}[] = [
  {
    fault: 'loses the last final text',
    noticedBy: 'understands utterances, one final text each, in order',
    wrap: broken({ final: (tell, final) => final.text === '4' || tell.final(final) }),
  },
  {
    fault: 'tells a final text twice',
    noticedBy: 'understands utterances, one final text each, in order',
    wrap: broken({
      final(tell, final) {
        tell.final(final);
        tell.final(final);
      },
    }),
  },
  {
    fault: 'tells final texts in parts',
    noticedBy: 'understands utterances, one final text each, in order',
    wrap: broken({
      final(tell, final) {
        for (const text of final.text.split(' ')) tell.final({ ...final, text });
      },
    }),
  },
  {
    fault: 'loses what is said last',
    noticedBy: 'understands utterances, one final text each, in order',
    endpointing: 'vendor',
    wrap: broken({ final: (tell, final) => tell.final({ ...final, text: final.text.slice(0, -2) }) }),
  },
  {
    fault: 'takes audio for audio of another rate',
    noticedBy: 'understands utterances, one final text each, in order',
    wrap: broken({
      write: (session, frame) =>
        session.write({ ...frame, samples: frame.samples.filter((_, index) => index % 2 === 0) }),
    }),
  },
  {
    fault: 'tells nothing before the final text',
    noticedBy: 'tells what it has understood so far, where it says that it does',
    wrap: broken({ interim: () => {} }),
  },
  {
    fault: 'tells interim texts that it says it does not tell',
    noticedBy: 'tells what it has understood so far, where it says that it does',
    wrap: (inner) => ({ ...broken({})(inner), capabilities: { ...inner.capabilities, interimResults: false } }),
  },
  {
    fault: 'tells an interim text after the final one',
    noticedBy: 'the final text is the last word on an utterance',
    wrap: broken({
      final(tell, final) {
        tell.final(final);
        setTimeout(() => tell.interim({ text: final.text }), 10);
      },
    }),
  },
  {
    fault: 'drops audio that comes faster than it is spoken',
    noticedBy: 'a minute in one go is taken, to its last word',
    wrap(inner) {
      let frames = 0;
      return broken({
        write(session, frame) {
          frames += 1;
          if (frames < 1_000) session.write(frame);
        },
      })(inner);
    },
  },
  {
    fault: 'does not tell how late a text may be',
    noticedBy: 'tells how late a text may be',
    wrap: ({ capabilities: { p99TimeToFinalMs: _, ...capabilities }, ...inner }) => ({ ...inner, capabilities }),
  },
  {
    fault: 'takes a frozen vendor for a silent caller',
    noticedBy: 'one that has frozen is not taken for a caller who is silent',
    wrap: broken({
      endUtterance(session, _, tell) {
        session.endUtterance(0);
        setTimeout(() => tell.final(nothing), 20);
      },
    }),
  },
  {
    fault: 'does not tell of silence',
    noticedBy: 'silence within an utterance of the hub is a rejected text',
    wrap: broken({ final: (tell, final) => final.text === '' || tell.final(final) }),
  },
  {
    fault: 'takes silence for an empty text',
    noticedBy: 'silence within an utterance of the hub is a rejected text',
    wrap: broken({ final: (tell, final) => tell.final({ ...final, rejected: false }) }),
  },
  {
    fault: 'keeps the words of an utterance that was none',
    noticedBy: 'an utterance that was none has no text, and takes nothing from the next',
    wrap(inner) {
      let kept = '';
      return broken({
        interim(tell, interim) {
          kept = interim.text;
          tell.interim(interim);
        },
        cancelUtterance: () => {},
        startUtterance: (session) => session.startUtterance(0),
        final: (tell, final) => tell.final({ ...final, text: `${kept === final.text ? '4 ' : ''}${final.text}` }),
      })(inner);
    },
  },
  {
    fault: 'tells the text of an utterance that was none',
    noticedBy: 'an utterance that was none has no text, and takes nothing from the next',
    wrap: broken({ cancelUtterance: (session) => session.endUtterance(0) }),
  },
  {
    fault: 'gives every text to the first session',
    noticedBy: 'sessions do not touch each other',
    wrap(inner) {
      let first: Tell | undefined;
      return broken({
        final(tell, final) {
          first ??= tell;
          first.final(final);
        },
      })(inner);
    },
  },
  {
    fault: 'closes all sessions with one',
    noticedBy: 'sessions do not touch each other',
    wrap(inner) {
      const opened: SttSession[] = [];
      return {
        ...broken({
          close() {
            for (const session of opened) session.close();
          },
        })({
          id: inner.id,
          capabilities: inner.capabilities,
          async open(options, signal) {
            const session = await inner.open(options, signal);
            opened.push(session);
            return session;
          },
        }),
      };
    },
  },
  {
    fault: 'does not say that it is closed',
    noticedBy: 'closing ends it once, and nothing comes afterwards',
    wrap: broken({ closed: () => {} }),
  },
  {
    fault: 'says twice that it is closed',
    noticedBy: 'closing ends it once, and nothing comes afterwards',
    wrap: broken({
      closed(tell) {
        tell.closed();
        tell.closed();
      },
    }),
  },
  {
    fault: 'tells a final text after it was closed',
    noticedBy: 'closing ends it once, and nothing comes afterwards',
    wrap: broken({
      close(session, tell) {
        session.close();
        setTimeout(() => tell.final({ ...nothing, text: '1 2', rejected: false }), 10);
      },
    }),
  },
  {
    fault: 'tells an interim text after it was closed',
    noticedBy: 'closing ends it once, and nothing comes afterwards',
    wrap: broken({
      close(session, tell) {
        session.close();
        setTimeout(() => tell.interim({ text: '1 2' }), 10);
      },
    }),
  },
  {
    fault: 'throws where it was closed',
    noticedBy: 'closing ends it once, and nothing comes afterwards',
    wrap: broken({
      write(session, frame) {
        if (session.closed) throw new Error('closed');
        session.write(frame);
      },
    }),
  },
  {
    fault: 'keeps an error for itself',
    noticedBy: 'a connection that breaks is one error, then the end',
    wrap: broken({ error: () => {} }),
  },
  {
    fault: 'tells an error twice',
    noticedBy: 'a connection that breaks is one error, then the end',
    wrap: broken({
      error(tell, error) {
        tell.error(error);
        tell.error(error);
      },
    }),
  },
  {
    fault: 'goes on after an error',
    noticedBy: 'a connection that breaks is one error, then the end',
    wrap: broken({ closed: () => {} }),
  },
  {
    fault: 'says that it is closed before it says why',
    noticedBy: 'a connection that breaks is one error, then the end',
    wrap(inner) {
      let error: SpeechError | undefined;
      return broken({
        error(_, why) {
          error = why;
        },
        closed(tell) {
          tell.closed();
          if (error !== undefined) tell.error(error);
        },
      })(inner);
    },
  },
  {
    fault: 'takes a broken connection for a refusal',
    noticedBy: 'a connection that breaks is one error, then the end',
    wrap: broken({ error: (tell, { code, message }) => tell.error(new SpeechError(code, message)) }),
  },
  {
    fault: 'throws what is no SpeechError',
    noticedBy: 'refused credentials are told as such',
    wrap: opening((open) =>
      open.catch(() => {
        throw new Error('401');
      }),
    ),
  },
  {
    fault: 'wants refused credentials to be tried again',
    noticedBy: 'refused credentials are told as such',
    wrap: opening((open) =>
      open.catch((cause: Error) => {
        throw new SpeechError('speech_rejected', cause.message, { retryable: true });
      }),
    ),
  },
  {
    fault: 'takes a vendor that is not there for one that refuses',
    noticedBy: 'a vendor that is not there can be tried again',
    wrap: opening((open) =>
      open.catch((cause: Error) => {
        throw new SpeechError('speech_rejected', cause.message);
      }),
    ),
  },
  {
    fault: 'opens what nobody wants any more',
    noticedBy: 'a session that is not wanted any more does not open',
    wrap: (inner) => ({
      ...pass(inner),
      open: (options, signal) =>
        inner.open(options, signal).catch(async () => {
          const { stt } = memoryStt('hub');
          return await stt.open(options, new AbortController().signal);
        }),
    }),
  },
  {
    fault: 'waits for a vendor although nobody wants it any more',
    noticedBy: 'a session that is not wanted any more does not open',
    wrap: (inner) => ({ ...pass(inner), open: (options) => inner.open(options, new AbortController().signal) }),
  },
];

/** Of the kit, with a recogniser that does not do what it should; that one has frozen is found out after a second. */
const patienceMs = (name: string) => (name.startsWith('one that has frozen') ? 1_500 : 300);

describe.concurrent('the contract kit of recognition', () => {
  test.each(breakages)('notices one that $fault', async ({ noticedBy, endpointing, wrap }) => {
    const contractCase = sttContractCases.find(({ name }) => name === noticedBy);
    if (contractCase === undefined) throw new Error(`no such case: ${noticedBy}`);
    const harness = { ...memoryStt(endpointing ?? 'hub', wrap), patienceMs: patienceMs(noticedBy) };
    const failure: unknown = await contractCase.run(harness, {}).catch((error: unknown) => error);
    await harness.dispose();
    expect(failure).toBeInstanceOf(Error);
    expect(failure).not.toBeInstanceOf(TypeError);
  });

  test.each(sttContractCases)('takes one without a fault: $name', async ({ name, run }) => {
    const harness = { ...memoryStt('hub', broken({})), patienceMs: 2 * patienceMs(name) };
    await run(harness, {});
    await harness.dispose();
  });

  test('each case is shown to fail', () => {
    const shown = new Set(breakages.map(({ noticedBy }) => noticedBy));
    expect(sttContractCases.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
  });
});
