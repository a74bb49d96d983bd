import { describe, expect, test } from 'vitest';
import type { BotParameterLayer } from '../bots/parameters.ts';
import { botMessage } from './testing.ts';
import { sent, spoken, Talk, types } from './testing-talk.ts';

/*
 * Every barge-in setting against everything that can be heard, in every phase: 288 settings x 14 inputs x 3 phases.
 * What is expected follows the documentation of the parameters, not the code.
 */

const PROMPT = 'Welcome to the bank. Say billing, or support, or opening hours.';

type Phase = 'speaking' | 'thinking' | 'listening';

interface Settings {
  bargeIn: boolean;
  bargeInMinWordCount: 0 | 1 | 2;
  bargeInIgnorePhrases: readonly string[] | undefined;
  bargeInMinVoicedMS: 0 | 500;
  bargeInReplayTimeoutMS: 0 | 5000;
  bargeInOnDTMF: boolean;
  sendDTMF: boolean;
}

/** What there is to hear. */
interface Input {
  /** Recognised in the end; undefined: speech that fits nothing, or none at all. */
  text?: string;
  /** Of the phrases that are ignored by default. */
  backchannel?: true;
  /** The prompt itself, long enough to be known by it. */
  echo?: true;
  /** It was no speech after all. */
  noise?: true;
  /** Voiced time of speech that fits nothing. */
  voicedMs?: number;
  key?: true;
  does: (talk: Talk) => Talk;
}

const said = (text: string): Pick<Input, 'text' | 'does'> => ({ text, does: (talk) => talk.say(text) });
/** Without a hypothesis on the way. */
const saidAtOnce = (text: string): Pick<Input, 'text' | 'does'> => ({
  text,
  does: (talk) => talk.on({ type: 'speechStarted' }, { type: 'speechEnded', voicedMs: 400 }).final(text),
});
const unknown = (voicedMs: number): Input => ({
  voicedMs,
  does: (talk) => talk.on({ type: 'speechStarted' }, { type: 'speechEnded', voicedMs }).final(''),
});

const INPUTS: Readonly<Record<string, Input>> = {
  'speech of two words': said('stop it'),
  'speech of one word': said('stop'),
  'speech without a hypothesis': saidAtOnce('talk to somebody'),
  'a word of the prompt, as an answer': said('billing'),
  'a backchannel': { ...said('okay'), backchannel: true },
  'a backchannel of two words': { ...said('Okay, yeah.'), backchannel: true },
  'a backchannel without a hypothesis': { ...saidAtOnce('uh-huh'), backchannel: true },
  'a backchannel and more': said('okay stop'),
  noise: { noise: true, does: (talk) => talk.on({ type: 'speechStarted' }, { type: 'speechDiscarded' }) },
  'noise that ends as an utterance without words': unknown(160),
  'long speech that fits nothing': unknown(900),
  'echo of the prompt': { ...said('say billing or support'), echo: true },
  'echo of the prompt, misheard in part': { ...saidAtOnce('to the bank say billing our support'), echo: true },
  'a key': { key: true, does: (talk) => talk.on({ type: 'dtmf', digit: '7' }) },
};

const SETTINGS: readonly Settings[] = [false, true].flatMap((bargeIn) =>
  ([0, 1, 2] as const).flatMap((bargeInMinWordCount) =>
    [undefined, [], ['stop it', 'nothing else']].flatMap((bargeInIgnorePhrases) =>
      ([0, 500] as const).flatMap((bargeInMinVoicedMS) =>
        ([0, 5000] as const).flatMap((bargeInReplayTimeoutMS) =>
          [false, true].flatMap((bargeInOnDTMF) =>
            [false, true].map((sendDTMF) => ({
              bargeIn,
              bargeInMinWordCount,
              bargeInIgnorePhrases,
              bargeInMinVoicedMS,
              bargeInReplayTimeoutMS,
              bargeInOnDTMF,
              sendDTMF,
            })),
          ),
        ),
      ),
    ),
  ),
);

function talkIn(phase: Phase, settings: Settings): Talk {
  const { bargeInIgnorePhrases, ...rest } = settings;
  const layer: BotParameterLayer = {
    ...rest,
    ...(bargeInIgnorePhrases === undefined ? {} : { bargeInIgnorePhrases }),
    notUnderstoodSpeech: 'What?',
  };
  const talk = new Talk(layer).on({ type: 'botOpened' }).bot(botMessage(PROMPT));
  talk.on({ type: 'promptReady', promptId: 1 });
  if (phase !== 'speaking') talk.finish();
  if (phase === 'thinking') talk.final('a question');
  talk.take();
  return talk;
}

interface Outcome {
  pauses: boolean;
  resumes: boolean;
  stops: boolean;
  sent: string[];
  spoken: string[];
  /** The prompt is going to be said again if nothing follows. */
  replays: boolean;
  phase: Phase;
}

/** By the documentation. */
function expected(phase: Phase, s: Settings, input: Input): Outcome {
  const nothing: Outcome = {
    pauses: false,
    resumes: false,
    stops: false,
    sent: [],
    spoken: [],
    replays: false,
    phase,
  };
  if (input.key) {
    if (!s.sendDTMF) return nothing;
    const stops = phase === 'speaking' && s.bargeInOnDTMF;
    return { ...nothing, stops, sent: ['DTMF "7"'], phase: phase === 'speaking' && !stops ? 'speaking' : 'thinking' };
  }
  if (phase !== 'listening' && !s.bargeIn) return nothing;
  const message = input.text === undefined ? [] : [`message ${input.text}`];
  const unintelligible = input.text === undefined && !input.noise;

  if (phase === 'thinking') return { ...nothing, sent: message };
  if (phase === 'listening') {
    const asks = unintelligible ? ['What?'] : [];
    const next = message.length > 0 ? 'thinking' : asks.length > 0 ? 'speaking' : 'listening';
    return { ...nothing, sent: message, spoken: asks, phase: next };
  }

  const pauses = s.bargeInMinWordCount > 0;
  const stops = !pauses || isInterruption(s, input);
  if (!stops) return { ...nothing, pauses, resumes: pauses };
  const asks = unintelligible ? ['What?'] : [];
  return {
    ...nothing,
    pauses,
    stops,
    sent: message,
    spoken: asks,
    replays: message.length === 0 && asks.length === 0 && s.bargeInReplayTimeoutMS > 0,
    phase: message.length > 0 ? 'thinking' : asks.length > 0 ? 'speaking' : 'listening',
  };
}

/** During a prompt that was paused. */
function isInterruption(s: Settings, input: Input): boolean {
  if (input.noise || input.echo) return false;
  if (input.text === undefined) return s.bargeInMinVoicedMS > 0 && (input.voicedMs ?? 0) >= s.bargeInMinVoicedMS;
  const ignored =
    s.bargeInIgnorePhrases === undefined
      ? input.backchannel === true
      : s.bargeInIgnorePhrases.includes(input.text.toLowerCase());
  return !ignored && input.text.split(' ').length >= s.bargeInMinWordCount;
}

function outcome(talk: Talk): Outcome {
  const effects = talk.take();
  const kinds = types(effects);
  return {
    pauses: kinds.includes('pausePlayout'),
    resumes: kinds.includes('resumePlayout'),
    stops: kinds.includes('stopPrompts'),
    sent: sent(effects),
    spoken: spoken(effects),
    replays: talk.state.timers.replay !== undefined,
    phase: talk.phase as Phase,
  };
}

describe.each(['speaking', 'thinking', 'listening'] as const)('while %s', (phase) => {
  test.each(Object.entries(INPUTS))('%s, under all 288 settings', (_, input) => {
    expect(SETTINGS).toHaveLength(288);
    for (const settings of SETTINGS) {
      const talk = talkIn(phase, settings);
      expect(talk.phase).toBe(phase);
      expect(outcome(input.does(talk)), JSON.stringify(settings)).toEqual(expected(phase, settings, input));
    }
  });
});

describe('the table tells the settings apart', () => {
  test.each([
    ['bargeIn', 'speech of two words'],
    ['bargeInMinWordCount', 'noise'],
    ['bargeInMinWordCount', 'echo of the prompt'],
    ['bargeInMinWordCount', 'speech of one word'],
    ['bargeInIgnorePhrases', 'a backchannel'],
    ['bargeInMinVoicedMS', 'long speech that fits nothing'],
    ['bargeInReplayTimeoutMS', 'noise'],
    ['bargeInOnDTMF', 'a key'],
    ['sendDTMF', 'a key'],
  ] as const)('%s makes a difference to %s', (name, input) => {
    const bySetting = new Map<string, Set<string>>();
    for (const settings of SETTINGS) {
      const others = JSON.stringify({ ...settings, [name]: 0 });
      const outcomes = bySetting.get(others) ?? new Set();
      bySetting.set(others, outcomes.add(JSON.stringify(expected('speaking', settings, INPUTS[input] as Input))));
    }
    expect([...bySetting.values()].some((outcomes) => outcomes.size > 1)).toBe(true);
  });
});

/** Voice goes on and on: what is decided when `bargeInDecisionTimeoutMS` is over. */
describe('voice that is still there when the time to decide is up', () => {
  const voices = {
    'voice alone': [],
    'speech that is being understood': [{ type: 'interim', text: 'i want', tentative: true }],
    'a backchannel that is drawn out': [{ type: 'interim', text: 'okay', tentative: true }],
    'echo of the prompt': [{ type: 'interim', text: 'say billing or support', tentative: true }],
  } as const;
  const rows = (Object.keys(voices) as (keyof typeof voices)[]).flatMap((voice) =>
    ([0, 1, 2] as const).flatMap((words) =>
      [300, 1000].flatMap((ms) => [false, true].map((hushed) => ({ voice, words, ms, hushed }))),
    ),
  );

  test.each(rows)(
    '$voice, $words words needed, after $ms ms, fallen silent: $hushed',
    ({ voice, words, ms, hushed }) => {
      const settings = { ...(SETTINGS[0] as Settings), bargeIn: true, bargeInMinWordCount: words };
      const talk = talkIn('speaking', { ...settings, ...{ bargeInDecisionTimeoutMS: ms } });
      talk.on({ type: 'speechStarted' }, ...voices[voice]);
      if (words === 0) {
        expect(types(talk.take())).toContain('stopPrompts');
        expect(talk.state.timers.bargeIn).toBeUndefined();
        return;
      }
      const timer = talk.take().find((effect) => effect.type === 'startTimer' && effect.id === 'bargeIn');
      expect(timer).toMatchObject({ ms });
      if (hushed) talk.on({ type: 'speechHushed' });
      talk.fire('bargeIn');
      const kinds = types(talk.take());
      const counts = voice === 'voice alone' || voice === 'speech that is being understood';
      expect(kinds.includes('stopPrompts')).toBe(!hushed && words === 1 && counts);
      // Whoever has just fallen silent has said something: its text is waited for.
      expect(kinds.includes('resumePlayout')).toBe(!hushed && !(words === 1 && counts));
      if (!hushed) return;
      talk.fire('bargeIn');
      expect(types(talk.take())).toContain('resumePlayout');
    },
  );
});
