import { CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { type CallCommandDeps, callCommand, defaultRecording, summary } from './command.ts';
import type { CallOutcome } from './outcome.ts';

function deps(): CallCommandDeps & { printed: string[]; errors: string[]; code: number | undefined; voices: number } {
  const seen = { printed: [] as string[], errors: [] as string[], code: undefined as number | undefined, voices: 0 };
  return Object.assign(seen, {
    openVoice: async () => {
      seen.voices++;
      throw new Error('no voice in this test');
    },
    print: (line: string) => seen.printed.push(line),
    printError: (line: string) => seen.errors.push(line),
    setExitCode: (code: number) => {
      seen.code = code;
    },
    onInterrupt: () => () => {},
  });
}

function parse(args: readonly string[], given = deps()) {
  const command = callCommand(given).configureOutput({ writeErr: (text) => given.errors.push(text) });
  return command.parseAsync([...args], { from: 'user' });
}

test.each([
  [['--say', ' ']],
  [['--dtmf', '1x']],
  [['--wait', 'long']],
  [['--to', 'demo']],
  [['--to', 'sip:a@b c']],
  [['--api', 'ftp://x']],
  [['--timeout', '0']],
  [['--barge-in', '-5']],
  [['--nonsense']],
])('%j is wrong usage and places no call', async (args) => {
  const given = deps();
  await expect(parse(args, given)).rejects.toBeInstanceOf(CommanderError);
  expect(given.errors.join('')).toMatch(/error: /);
  expect(given.voices).toBe(0);
});

test('a voice that cannot be opened fails the call with exit code 1', async () => {
  const given = deps();
  await parse(['--say', 'hello'], given);
  expect(given.code).toBe(1);
  expect(given.errors.join('')).toContain('no voice in this test');
});

test('a WAV file that is missing is wrong usage, exit code 2', async () => {
  const given = deps();
  await parse(['--wav', '/nowhere/a.wav'], given);
  expect(given.code).toBe(2);
  expect(given.errors.join('')).toContain('/nowhere/a.wav');
  expect(given.voices).toBe(0);
});

test('recordings are named by the time of the call', () => {
  expect(defaultRecording(new Date('2026-01-31T12:05:09.123Z'))).toBe('recordings/call-20260131-120509-123.wav');
});

const failed: CallOutcome = {
  ok: false,
  sipCallId: 'a',
  sipStatus: 404,
  text: 'the call was refused with 404',
  advice: 'no routing rule matches',
  answeredAfterMs: undefined,
  durationMs: 0,
  endedBy: undefined,
  hangupReason: undefined,
  turns: [],
  hubTurns: [],
  recording: undefined,
  packetsReceived: 0,
  packetsLost: 0,
};

test('the summary of a failed call tells the status and what to do', () => {
  expect(summary(failed)).toEqual(['call failed with 404: the call was refused with 404', 'no routing rule matches']);
});

test('the summary of a good call shows its turns, its recording and its losses', () => {
  const turn = { said: '"hello"', fromMs: 0, toMs: 500, replyAfterMs: 900, promptStoppedAfterMs: undefined };
  const lines = summary({
    ...failed,
    ok: true,
    sipStatus: 200,
    text: 'the hub hung up',
    advice: undefined,
    durationMs: 5040,
    turns: [turn],
    recording: 'a.wav',
    packetsReceived: 250,
    packetsLost: 1,
  });
  expect(lines.join('\n')).toMatch(/"hello" +900 ms/);
  expect(lines.slice(-3)).toEqual([
    'recording: a.wav (left caller, right hub)',
    'RTP received 250 packets, lost 1',
    'call ok: 5.0 s, the hub hung up',
  ]);
});
