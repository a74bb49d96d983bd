import { afterAll } from 'vitest';
import { describeLiveSpeech } from './live.ts';
import { spokenVoice } from './spoken-voice.ts';

/* With an account in the environment; the README of each connector names its variables. */
const voice = spokenVoice();
afterAll(() => voice.close());
describeLiveSpeech(process.env, { voice, frameMs: 20 });
