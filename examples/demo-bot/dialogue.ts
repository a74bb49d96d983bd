/**
 * What the demo bot says. Nothing in this file knows about HTTP or telephones: activities of the caller go in, activities
 * of the bot come out. Replace this file to make a bot of your own.
 */

/** What the hub delivers: words that the caller said, keys, silence (Bot API: activities). */
export interface CallerActivity {
  type: 'message' | 'event';
  name?: string | undefined;
  text?: string | undefined;
  value?: unknown;
}

/** What the bot wants: a text to be spoken, or something to be done. */
export type BotReply =
  | { type: 'message'; text: string; sessionParams?: Record<string, unknown> }
  | { type: 'event'; name: 'hangup'; activityParams: { hangupReason: string } };

/** What the bot remembers of one call. */
export interface Memory {
  lastText: string;
  jokesTold: number;
  keys: string;
}

export function newMemory(): Memory {
  return { lastText: '', jokesTold: 0, keys: '' };
}

const HELP =
  'You can ask for our opening hours, the time, the date, or a joke. Say a number, press keys, or say goodbye.';
const GREETING =
  'Hello, this is the Patchbay demo bot. Ask for our opening hours, the time, or a joke, or say goodbye.';
const OPENING_HOURS = 'We are open Monday to Friday, from nine in the morning to five in the afternoon.';
const FAREWELL = 'Thank you for calling. Goodbye!';

const JOKES = [
  'Why did the telephone wear glasses? Because it lost its contacts.',
  'What do you call a bee that cannot make up its mind? A maybe.',
  'I would tell you a joke about silence, but nobody would hear it.',
];

interface Topic {
  /** What callers say. Recognisers are told to expect it. */
  phrases: readonly string[];
  answer: (memory: Memory, now: Date) => string;
}

const TOPICS: readonly Topic[] = [
  { phrases: ['hello', 'hi', 'good morning', 'good afternoon'], answer: () => 'Nice to hear you. How can I help?' },
  { phrases: ['help', 'what can you do', 'what can i say'], answer: () => HELP },
  {
    phrases: ['opening hours', 'what are your opening hours', 'when are you open', 'are you open today'],
    answer: () => OPENING_HOURS,
  },
  {
    phrases: ['what time is it', 'the time', 'time please'],
    answer: (_memory, now) => `It is ${clockTime(now)}.`,
  },
  {
    phrases: ['what day is it', 'what is the date', 'what is the date today', 'the date', 'date please'],
    answer: (_memory, now) =>
      `Today is ${now.toLocaleDateString('en-US', { weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' })}.`,
  },
  {
    phrases: ['tell me a joke', 'a joke', 'a joke please', 'another joke', 'tell me another joke'],
    answer: (memory) => {
      memory.jokesTold += 1;
      return JOKES[(memory.jokesTold - 1) % JOKES.length] as string;
    },
  },
  { phrases: ['thank you', 'thanks'], answer: () => 'You are welcome. Anything else?' },
  {
    phrases: ['can you transfer me', 'transfer me', 'i want to talk to a person', 'talk to a person', 'operator'],
    answer: () => 'I am sorry, I am only a demo and cannot transfer you.',
  },
  { phrases: ['yes', 'yes please'], answer: () => 'Good. What would you like to know?' },
  { phrases: ['no', 'no thank you'], answer: () => 'All right. Say goodbye when you are done.' },
];

const REPEAT = ['repeat that', 'repeat that please', 'say that again', 'please repeat', 'pardon'];
const GOODBYE = ['goodbye', 'bye', 'bye bye', 'thank you goodbye', 'thanks bye', 'hang up'];

/** Everything that the bot understands, as hints for the speech recogniser. */
export const CONTEXT_PHRASES: readonly string[] = [...TOPICS.flatMap((topic) => topic.phrases), ...REPEAT, ...GOODBYE];

/** Settings for the whole call; they travel with the greeting. */
const SESSION_PARAMS = {
  language: 'en-US',
  // The caller may interrupt, by voice or by key.
  bargeIn: true,
  sttContextPhrases: CONTEXT_PHRASES,
  // Every key arrives as a DTMF event.
  sendDTMF: true,
  // Eight seconds of silence arrive as a noUserInput event; the bot, not the hub, decides what comes of them.
  userNoInputTimeoutMS: 8000,
  userNoInputRetries: 0,
  userNoInputSpeech: '',
  sendEventsToBot: ['noUserInput'],
};

const DIGITS = new Map(
  ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'].map((word, digit) => [
    word,
    `${digit}`,
  ]),
).set('oh', '0');

/** The bot's answer to one activity of the caller. Updates `memory`. */
export function reply(activity: CallerActivity, memory: Memory, now: Date): BotReply[] {
  if (activity.type === 'message') return replyToText(activity.text ?? '', memory, now);
  switch (activity.name?.toLowerCase()) {
    case 'start':
      return [{ ...say(memory, GREETING), sessionParams: SESSION_PARAMS }];
    case 'dtmf':
      return replyToKeys(activity.value, memory);
    case 'nouserinput':
      return replyToSilence(Number(activity.value), memory);
    default:
      return [];
  }
}

function replyToText(text: string, memory: Memory, now: Date): BotReply[] {
  const heard = normalise(text);
  if (heard === '') return [say(memory, 'Sorry, I did not get that. Say help to hear what you can ask.')];
  if (GOODBYE.includes(heard) || /\b(goodbye|bye)$/.test(heard)) return farewell('the caller said goodbye');
  if (REPEAT.includes(heard)) return [say(memory, memory.lastText === '' ? HELP : memory.lastText)];
  const topic = TOPICS.find((candidate) => candidate.phrases.includes(heard));
  if (topic !== undefined) return [say(memory, `You said: ${heard}. ${topic.answer(memory, now)}`)];
  const digits = digitsOf(heard);
  if (digits !== undefined) return [say(memory, `You said the number ${spelled(digits)}.`)];
  return [say(memory, `You said: ${heard}.`)];
}

/** Keys arrive one by one or several at once, as the hub is configured. `#` reads back what was keyed. */
function replyToKeys(value: unknown, memory: Memory): BotReply[] {
  const keys = String(value ?? '').replace(/[^0-9*#]/g, '');
  if (keys === '') return [];
  memory.keys = (memory.keys + keys).slice(-20);
  if (!memory.keys.endsWith('#')) return keys.length > 1 ? [readBack(memory)] : [say(memory, `Key ${spelled(keys)}.`)];
  return [readBack(memory)];
}

function readBack(memory: Memory): BotReply {
  const keys = memory.keys.replace(/#$/, '');
  memory.keys = '';
  return say(memory, keys === '' ? 'You pressed pound.' : `You pressed ${spelled(keys)}.`);
}

/** `times` counts the silences in a row, from 1. */
function replyToSilence(times: number, memory: Memory): BotReply[] {
  if (times >= 3) return farewell('the caller said nothing');
  const text = times === 2 ? `I cannot hear you. ${HELP}` : 'Are you still there?';
  return [{ type: 'message', text: remembered(memory, text) }];
}

/** The hub plays the last words before it hangs up. */
function farewell(hangupReason: string): BotReply[] {
  return [
    { type: 'message', text: FAREWELL },
    { type: 'event', name: 'hangup', activityParams: { hangupReason } },
  ];
}

function say(memory: Memory, text: string): { type: 'message'; text: string } {
  return { type: 'message', text: remembered(memory, text) };
}

function remembered(memory: Memory, text: string): string {
  memory.lastText = text;
  return text;
}

/** "2:05 PM", with a plain space: some voices stumble over the narrow one that the locale has. */
function clockTime(now: Date): string {
  return now.toLocaleTimeString('en-US', { hour: 'numeric', minute: '2-digit' }).replace(/\s/g, ' ');
}

/** Recognisers differ in case and punctuation. */
function normalise(text: string): string {
  return text
    .slice(0, 500)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}' ]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** "one two three" and "1 2 3" as "123"; undefined when it is anything else. */
function digitsOf(heard: string): string | undefined {
  const digits = heard.split(' ').map((word) => (/^\d+$/.test(word) ? word : DIGITS.get(word)));
  return digits.every((digit) => digit !== undefined) ? digits.join('') : undefined;
}

/** Digit by digit, so that nobody hears "one hundred twenty-three" for a telephone number. */
function spelled(keys: string): string {
  const words: Record<string, string> = { '*': 'star', '#': 'pound' };
  return [...keys].map((key) => words[key] ?? key).join(' ');
}
