import { beforeAll, describe, expect, test } from 'vitest';
import { FROZEN, googleEnding, googleV1, googleV2, hasGoogle, loadGoogle } from './google-peers.ts';
import { eventually } from './line.ts';
import { describeSpeech, hears, speechCall, untried } from './speech-calls.ts';

describe.skipIf(!hasGoogle)('a call with Google (needs the program openssl)', () => {
  // The SDKs take a second, which no caller of a hub waits for.
  beforeAll(loadGoogle);

  describe('that something is wrong with: what the caller hears, and what the record says', () => {
    describeSpeech('google v1, voices that are streamed', googleV1);
    describeSpeech('google v2, voices in one piece', googleV2);
  });

  test('every fault was tried on every stream', ({ task }) => {
    expect(untried(task.file.tasks, ['google'])).toEqual([]);
  });

  describe.concurrent('whose socket freezes', { timeout: 60_000 }, () => {
    test.for([
      ['vendor', 'vendor'],
      ['vendor', 'hub'],
      ['hub', 'vendor'],
    ] as const)('the ends found by %s and %s: the bot gets every word once, as one text', ([first, spare]) =>
      speechCall(googleEnding(first, spare), 'stt', FROZEN, async (scene) => {
        const { line, told, failovers } = scene;
        line.speak(1, 2, ...Array<number>(15).fill(0), 3);
        await eventually(() => expect(line.left()).toBeLessThan(12 + 15 + 15));
        FROZEN.act(scene.first);
        await eventually(() => expect(told()).toEqual(['1 2 3']));
        expect(failovers()).toEqual([
          expect.stringMatching(/^speech\.failover stt first -> spare: .*(?:late|answer|no text)/),
        ]);
        await eventually(() => expect(line.transcript.at(-1)?.text).toBe('you said 1 2 3'));
        line.speak(4);
        await eventually(() => expect(told()).toEqual(['1 2 3', '4']));
        expect(failovers()).toHaveLength(1);
      }),
    );

    test('and no other service: the words are given to a new connection', () => {
      const { why: _, act, ...frozen } = FROZEN;
      const fault = {
        ...frozen,
        alone: true,
        act: (peer: Parameters<typeof act>[0]) => {
          act(peer);
          peer.server.relay.thaw();
        },
      } as const;
      return speechCall(googleEnding('hub', 'hub'), 'stt', fault, (scene) => hears(scene, fault));
    });
  });
});
