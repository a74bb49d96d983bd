import { describe, expect, test } from 'vitest';
import { describeSpeech, untried } from './speech-calls.ts';
import { deepgram, openAi, startDeepgram } from './speech-peers.ts';

describe('a call whose speech service something is wrong with: what the caller hears, and what the record says', () => {
  describeSpeech('deepgram', deepgram);
  const startFinding = () => startDeepgram({ endpointing: 'vendor' });
  describeSpeech('deepgram, which finds the end itself', { ...deepgram, start: startFinding }, ['heard']);
  describeSpeech('openai-compatible', openAi);
});

test('every fault was tried on every stream of these vendors', ({ task }) => {
  expect(untried(task.file.tasks, ['deepgram', 'openai-compatible'])).toEqual([]);
});
