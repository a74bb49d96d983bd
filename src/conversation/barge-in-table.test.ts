import { describe, expect, test } from 'vitest';
import type { BotParameterLayer } from '../bots/parameters.ts';
import { botMessage } from './testing.ts';
import { sent, spoken, Talk, types } from './testing-talk.ts';

/*
 * Every barge-in setting against everything that can be heard, in every phase: 576 settings x 18 inputs x 3 phases.
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
  bargeInDecisionTimeoutMS: 300 | 1000;
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
  /** It lasts until the time to decide is up, seeming so far to be this; '': nothing yet. */
  lasts?: string;
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

/** Nothing is recognised while it lasts, and its end is not awaited here. */
const lasting = (seems: string): Pick<Input, 'lasts' | 'does'> => ({
  lasts: seems,
  does(talk) {
    talk.on({ type: 'speechStarted' });
    if (seems !== '') talk.on({ type: 'interim', text: seems, tentative: true });
    return talk.state.timers.bargeIn === undefined ? talk : talk.fire('bargeIn');
  },
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
  'voice that goes on': lasting(''),
  'speech that goes on': lasting('i want'),
  'a backchannel that is drawn out': { ...lasting('okay'), backchannel: true },
  'echo of the prompt that goes on': { ...lasting('say billing or support'), echo: true },
  'a key': { key: true, does: (talk) => talk.on({ type: 'dtmf', digit: '7' }) },
};

const SETTINGS: readonly Settings[] = [false, true].flatMap((bargeIn) =>
  ([0, 1, 2] as const).flatMap((bargeInMinWordCount) =>
    [undefined, [], ['stop it', 'nothing else']].flatMap((bargeInIgnorePhrases) =>
      ([0, 500] as const).flatMap((bargeInMinVoicedMS) =>
        ([0, 5000] as const).flatMap((bargeInReplayTimeoutMS) =>
          ([300, 1000] as const).flatMap((bargeInDecisionTimeoutMS) =>
            [false, true].flatMap((bargeInOnDTMF) =>
              [false, true].map((sendDTMF) => ({
                bargeIn,
                bargeInMinWordCount,
                bargeInIgnorePhrases,
                bargeInMinVoicedMS,
                bargeInReplayTimeoutMS,
                bargeInDecisionTimeoutMS,
                bargeInOnDTMF,
                sendDTMF,
              })),
            ),
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
  /** The longest that it may stay undecided. */
  undecidedMs: number | undefined;
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
    undecidedMs: undefined,
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
  const unintelligible = input.text === undefined && !input.noise && input.lasts === undefined;

  if (phase === 'thinking') return { ...nothing, sent: message };
  if (phase === 'listening') {
    const asks = unintelligible ? ['What?'] : [];
    const next = message.length > 0 ? 'thinking' : asks.length > 0 ? 'speaking' : 'listening';
    return { ...nothing, sent: message, spoken: asks, phase: next };
  }

  const pauses = s.bargeInMinWordCount > 0;
  const stops = !pauses || isInterruption(s, input);
  const undecidedMs = pauses ? s.bargeInDecisionTimeoutMS : undefined;
  if (!stops) return { ...nothing, pauses, undecidedMs, resumes: pauses };
  const asks = unintelligible ? ['What?'] : [];
  return {
    ...nothing,
    pauses,
    undecidedMs,
    stops,
    sent: message,
    spoken: asks,
    replays: message.length === 0 && asks.length === 0 && input.lasts === undefined && s.bargeInReplayTimeoutMS > 0,
    phase: message.length > 0 ? 'thinking' : asks.length > 0 ? 'speaking' : 'listening',
  };
}

/** During a prompt that was paused. */
function isInterruption(s: Settings, input: Input): boolean {
  if (input.noise || input.echo) return false;
  // Whoever still speaks when the time is up interrupts, unless more words are wanted than one can be sure of.
  if (input.lasts !== undefined) return s.bargeInMinWordCount === 1 && !isIgnored(s, input, input.lasts);
  if (input.text === undefined) return s.bargeInMinVoicedMS > 0 && (input.voicedMs ?? 0) >= s.bargeInMinVoicedMS;
  return !isIgnored(s, input, input.text) && input.text.split(' ').length >= s.bargeInMinWordCount;
}

function isIgnored(s: Settings, input: Input, text: string): boolean {
  return s.bargeInIgnorePhrases === undefined
    ? input.backchannel === true
    : s.bargeInIgnorePhrases.includes(text.toLowerCase());
}

function outcome(talk: Talk): Outcome {
  const effects = talk.take();
  const kinds = types(effects);
  return {
    pauses: kinds.includes('pausePlayout'),
    undecidedMs: effects.flatMap((effect) =>
      effect.type === 'startTimer' && effect.id === 'bargeIn' ? [effect.ms] : [],
    )[0],
    resumes: kinds.includes('resumePlayout'),
    stops: kinds.includes('stopPrompts'),
    sent: sent(effects),
    spoken: spoken(effects),
    replays: talk.state.timers.replay !== undefined,
    phase: talk.phase as Phase,
  };
}

describe.each(['speaking', 'thinking', 'listening'] as const)('while %s', (phase) => {
  test.each(Object.entries(INPUTS))('%s, under all 576 settings', (_, input) => {
    expect(SETTINGS).toHaveLength(576);
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
    ['bargeInDecisionTimeoutMS', 'voice that goes on'],
    ['bargeInIgnorePhrases', 'a backchannel that is drawn out'],
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

/** His text is waited for, for so long again. */
describe('who has just fallen silent when the time to decide is up', () => {
  const heard = {
    'voice alone': [],
    'speech that was being understood': [{ type: 'interim', text: 'i want', tentative: true }],
    'a backchannel': [{ type: 'interim', text: 'okay', tentative: true }],
    'echo of the prompt': [{ type: 'interim', text: 'say billing or support', tentative: true }],
  } as const;
  const rows = (Object.keys(heard) as (keyof typeof heard)[]).flatMap((what) =>
    ([1, 2] as const).flatMap((words) => ([300, 1000] as const).map((ms) => ({ what, words, ms }))),
  );

  test.each(rows)('$what, $words words needed, after $ms ms', ({ what, words, ms }) => {
    const settings = { ...(SETTINGS[0] as Settings), bargeIn: true, bargeInMinWordCount: words };
    const talk = talkIn('speaking', { ...settings, bargeInDecisionTimeoutMS: ms });
    talk.on({ type: 'speechStarted' }, ...heard[what], { type: 'speechHushed' }).fire('bargeIn');
    const undecided = types(talk.take());
    expect(undecided).not.toContain('stopPrompts');
    expect(undecided).not.toContain('resumePlayout');
    talk.fire('bargeIn');
    expect(types(talk.take())).toContain('resumePlayout');
  });
});
