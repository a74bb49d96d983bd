import { z } from 'zod';
import { botSchema } from './bot-schema.ts';
import { keys, levelDb, ms, oneOf, range, text, textMatch } from './schema-tools.ts';

/** The schema of a scenario file. Times end in `_ms`; all other keys are written as in hub.yaml. */

// ---- expectations ----

const window = {
  /** It has to happen this long after the anchor. */
  within_ms: ms(1).optional(),
  /** Nothing before this time after the anchor is looked at. */
  after_ms: ms().optional(),
  /** Where time is counted from; see `Anchor`. */
  from: z.enum(['speechEnd', 'speechStart', 'step', 'answer', 'invite']).optional(),
  /** It must not happen, for `for_ms`, or until the end of the call. */
  absent: z.literal(true).optional(),
  for_ms: ms(1).optional(),
  /** Exactly so many times. */
  count: z.int().min(1).max(1000).optional(),
};

const botMatch = oneOf(
  {
    message: textMatch.optional(),
    event: z.string().min(1).optional(),
    any: z.literal(true).optional(),
    value: z.unknown().optional(),
    parameters: z.record(z.string(), z.unknown()).optional(),
  },
  ['message', 'event', 'any'],
);

const heard = z.union(
  [
    z.literal('speech'),
    z.strictObject({ speech_ms: range }),
    z.strictObject({
      whole: text,
      /** Longest pause that may be put in, as happens while it is undecided whether the caller interrupts. */
      pause_ms: ms().max(5000).optional(),
    }),
    z.strictObject({ stops: z.literal(true) }),
    z.strictObject({ tone: z.strictObject({ hz: z.number().min(20).max(3400), ms: range.optional() }) }),
  ],
  {
    error:
      "expected 'speech', or one of { speech_ms: { min, max } }, { whole: a text }, { stops: true }, { tone: { hz } }",
  },
);

const expectationShape = {
  /** Something that the bot received. */
  bot: botMatch.optional(),
  /** Such things in this order, others between them allowed. */
  botOrder: z.array(botMatch).min(2).max(100).optional(),
  /** What the conversation's end told the bot. */
  botEnd: z.strictObject({ reasonCode: z.string().optional(), reason: textMatch.optional() }).optional(),
  /** A prompt of bot or hub, in the transcript of the call's record. */
  spoken: z
    .strictObject({
      text: textMatch,
      by: z.enum(['bot', 'hub']).optional(),
      interrupted: z.boolean().optional(),
      played_ms: range.optional(),
    })
    .optional(),
  /** What the hub understood of the caller, in the transcript. */
  understood: textMatch.optional(),
  /** What came over RTP. */
  heard: heard.optional(),
  /** A SIP INFO of the hub: its JSON, or its text. */
  info: z.strictObject({ body: z.unknown(), contentType: z.string().min(1).optional() }).optional(),
  /** Keys that the hub pressed. */
  keys: z.string().min(1).optional(),
  /** What SIP said. */
  call: z
    .strictObject({
      status: z.int().min(200).max(699).optional(),
      provisional: z.int().min(100).max(199).optional(),
      endedBy: z.enum(['hub', 'caller']).optional(),
      reason: textMatch.optional(),
      answered_after_ms: range.optional(),
      lasts_ms: range.optional(),
    })
    .optional(),
  /** The INVITE that came at the telephone of `agent`: its Request-URI and header fields. */
  agent: z.strictObject({ uri: textMatch.optional(), headers: z.record(z.string(), textMatch).default({}) }).optional(),
  /** The call's record in the hub. */
  record: z
    .strictObject({
      end: z
        .strictObject({
          category: z.string().optional(),
          by: z.enum(['caller', 'bot', 'hub', 'operator']).optional(),
          text: textMatch.optional(),
        })
        .optional(),
      calling: z.record(z.string(), z.unknown()).optional(),
      called: z.record(z.string(), z.unknown()).optional(),
      duration_ms: range.optional(),
    })
    .optional(),
  ...window,
};

export const EXPECTATION_KINDS = [
  'bot',
  'botOrder',
  'botEnd',
  'spoken',
  'understood',
  'heard',
  'info',
  'keys',
  'call',
  'agent',
  'record',
] as const;

const expectation = oneOf(expectationShape, EXPECTATION_KINDS).superRefine((value, context) => {
  const fail = (message: string) =>
    context.addIssue({ code: 'custom', message, params: { sentence: true }, input: value });
  const timed = value.bot ?? value.spoken ?? value.understood ?? value.heard ?? value.info ?? value.keys ?? value.agent;
  for (const key of Object.keys(window) as (keyof typeof window)[]) {
    if (timed === undefined && value[key] !== undefined) fail(`\`${key}\` does not go with this expectation`);
  }
  if (value.absent && (value.within_ms !== undefined || value.count !== undefined)) {
    fail('`absent` goes with `after_ms` and `for_ms`, not with `within_ms` or `count`');
  }
  const tone = typeof value.heard === 'object' && 'tone' in value.heard ? value.heard.tone : undefined;
  const measured = tone?.ms !== undefined || (typeof value.heard === 'object' && 'speech_ms' in value.heard);
  if (value.for_ms !== undefined && !measured && value.absent !== true) {
    fail('`for_ms` goes with `absent`, with `speech_ms` and with the `ms` of a tone');
  }
  if (measured && value.within_ms !== undefined) fail('`within_ms` does not go with a length: write `for_ms`');
  if (value.absent && typeof value.heard === 'object' && (tone === undefined || tone.ms !== undefined)) {
    fail('`absent` goes with `heard: speech` and with a tone that has no `ms`');
  }
  if (value.count !== undefined && value.heard !== undefined) fail('`count` does not go with `heard`');
  if (typeof value.heard === 'object' && 'stops' in value.heard && value.within_ms === undefined) {
    fail('`stops` needs `within_ms`');
  }
});

// ---- the caller ----

const noise = z.strictObject({
  kind: z.enum(['pink', 'white']).default('pink'),
  level_db: levelDb.default(-35),
  ms: ms(20),
});
const hum = z.strictObject({
  hz: z.number().min(20).max(3400).default(100),
  level_db: levelDb.default(-30),
  ms: ms(20),
});

const soundShape = {
  say: text.optional(),
  wav: z.string().min(1).optional(),
  dtmf: keys.optional(),
  noise: noise.optional(),
  hum: hum.optional(),
};
const SOUNDS = ['say', 'wav', 'dtmf', 'noise', 'hum'] as const;

const interrupt = oneOf(
  {
    /** This long after the prompt began to be heard. */
    after_ms: ms().default(800),
    ...soundShape,
  },
  SOUNDS,
);

const stepShape = {
  ...soundShape,
  /** Speaks over the next prompt, or over the one that is being heard. */
  interrupt: interrupt.optional(),
  /** Lets the hub have its say, then is silent. */
  silence: ms(1).optional(),
  /** Is silent from this moment on. */
  wait: ms(1).optional(),
  /** Waits until the hub speaks, has spoken, or has hung up. */
  await: z.enum(['promptStart', 'promptEnd', 'end']).optional(),
  /** Sends a SIP INFO: JSON, or text of another type; `status` is the answer that has to come. */
  info: z
    .strictObject({
      contentType: z.string().min(1).max(200).default('application/json'),
      body: z.unknown(),
      status: z.int().min(200).max(699).default(200),
    })
    .optional(),
  /** The line goes dead: no RTP any more, and no BYE. */
  vanish: z.literal(true).optional(),
  hangUp: z.literal(true).optional(),
  /** Of `await`, and how long a sounding step waits for the hub's prompt. */
  timeout_ms: ms(1).optional(),
  /** Sounds at once, whoever speaks. */
  now: z.literal(true).optional(),
  expect: z.array(expectation).max(100).optional(),
};

export const STEP_KINDS = [...SOUNDS, 'interrupt', 'silence', 'wait', 'await', 'info', 'vanish', 'hangUp'] as const;

const step = oneOf(stepShape, STEP_KINDS);

export const scenarioSchema = z.strictObject({
  /** What users complained about, or what the scenario shows. */
  title: text,
  language: z.string().min(2).max(35).default('en-US'),
  /** Of the caller. */
  voice: z.string().min(1).optional(),
  call: z
    .strictObject({
      from: z
        .string()
        .regex(/^[A-Za-z0-9+*#._-]{1,64}$/, 'a user or number in quotes')
        .default('caller'),
      displayName: z.string().min(1).max(100).optional(),
      headers: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9-]*$/, 'a header name'), z.string().max(500)).default({}),
      timeout_ms: ms(1000).default(40_000),
    })
    .prefault({}),
  /** Silence that ends a prompt of the hub. */
  promptEnd_ms: ms(100).default(700),
  /** How long the hub may take to begin its prompt before the caller goes on. */
  replyTimeout_ms: ms(100).default(6000),
  /** How long the line stays open after the last step, unless that hangs up. */
  linger_ms: ms().default(400),
  /** Sections of hub.yaml for this scenario; those with equal ones share a hub. */
  hub: z.record(z.enum(['media', 'limits', 'drainTimeoutMs']), z.unknown()).optional(),
  /** The hub's recogniser ends its sessions after so long, as those of clouds do. */
  sttSessionLimit_ms: ms(500).optional(),
  /** A telephone that the bot's transfers go to. */
  agent: z
    .strictObject({
      /** Final response to the INVITE. */
      status: z.int().min(200).max(699).default(200),
      rings_ms: ms().default(200),
      /** What it says when it has answered. */
      tone_hz: z.number().min(20).max(3400).optional(),
    })
    .optional(),
  bot: botSchema,
  caller: z.array(step).max(100).default([]),
  expect: z.array(expectation).max(100).default([]),
});

export type ScenarioFile = z.output<typeof scenarioSchema>;
export type Expectation = z.output<typeof expectation>;
export type BotMatch = z.output<typeof botMatch>;
export type CallerStep = z.output<typeof step>;
export type Sound = Pick<CallerStep, (typeof SOUNDS)[number]>;
