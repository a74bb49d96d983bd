import { z } from 'zod';
import { levelDb, ms, oneOf, text, textMatch } from './schema-tools.ts';

/** The schema of a scenario's bot. */

const params = z.record(z.string(), z.unknown());

/** Formats that a scripted bot can write its audio in. */
const AUDIO_FORMATS = [
  ...(['wav/lpcm16', 'wav/lpcm16_8', 'wav/lpcm16_24'] as const),
  ...(['raw/lpcm16', 'raw/lpcm16_8', 'raw/lpcm16_24', 'raw/mulaw'] as const),
] as const;

const tone = z.strictObject({
  hz: z.number().min(20).max(3400),
  ms: ms(20),
  level_db: levelDb.default(-15),
});

/** Audio instead of text. */
const play = oneOf(
  {
    tone: tone.optional(),
    /** Spoken by the voice that the hub's local speech service has. */
    say: text.optional(),
    wav: z.string().min(1).optional(),
    /** By `playUrl`, from an HTTP server or inside the URL; or as a stream of the bot's own (`playStream`). */
    by: z.enum(['http', 'data', 'stream']).default('http'),
    mediaFormat: z.enum(AUDIO_FORMATS).default('wav/lpcm16'),
    /** What the transcript says. */
    altText: text.optional(),
  },
  ['tone', 'say', 'wav'],
).refine(
  ({ by, mediaFormat }) => by !== 'stream' || mediaFormat === 'wav/lpcm16',
  '`mediaFormat` goes with `http` and `data`; a stream is raw/lpcm16',
);

const reply = oneOf(
  {
    say: z.string().optional(),
    event: z.string().min(1).optional(),
    play: play.optional(),
    /** So long after the reply before it, over a WebSocket. */
    after_ms: ms(1).optional(),
    params: params.optional(),
    session: params.optional(),
  },
  ['say', 'event', 'play'],
);

const fault = z.union([z.int().min(400).max(599), z.enum(['brokenJson', 'drop', 'silence'])]);

const rule = z
  .strictObject({
    /** `start`, `{ message: text }`, `{ event: name }`, `speech` that the bot itself hears, or `anything`. */
    on: z.union(
      [
        z.literal('start'),
        z.literal('anything'),
        z.literal('speech'),
        z.strictObject({ message: textMatch }),
        z.strictObject({ event: z.string().min(1), value: z.unknown().optional() }),
      ],
      { error: "expected 'start', 'anything', 'speech', { message: a text } or { event: a name }" },
    ),
    /** What a bot that hears itself says that it has understood. */
    understands: text.optional(),
    reply: z.array(reply).max(50).default([]),
    delay_ms: ms(1).optional(),
    /** Instead of replies: an HTTP status, a body that is no JSON, a cut connection, or no answer at all. */
    fail: fault.optional(),
    /** The rule is used so many times, then no more. */
    times: z.int().min(1).max(1000).optional(),
  })
  .refine(({ reply, fail }) => fail === undefined || reply.length === 0, 'reply or fail, not both')
  .refine(({ on, understands }) => on === 'speech' || understands === undefined, '`understands` goes with `on: speech`')
  .refine(
    ({ on, fail }) => on !== 'speech' || fail === undefined,
    '`fail` goes with what the hub sends, not with speech',
  );

export const botSchema = z
  .strictObject({
    /** A real bot; without it the rules are one. */
    url: z.url({ protocol: /^(https?|wss?)$/, error: 'an http, https, ws or wss URL' }).optional(),
    token: z.string().min(1).optional(),
    /** How the rules' bot is reached; that of a real bot is in its URL. */
    transport: z.enum(['http', 'websocket']).default('http'),
    /** The bot hears, or speaks, itself; as in hub.yaml. */
    directSTT: z.boolean().default(false),
    directTTS: z.boolean().default(false),
    /** Whether the rules' bot knows a conversation again when its WebSocket was cut (`session.resume`). */
    resumes: z.boolean().default(false),
    /** Bot parameters, as in hub.yaml. */
    parameters: params.default({}),
    /** `timeouts` of the bot connection, as in hub.yaml. */
    timeouts: params.optional(),
    rules: z.array(rule).max(200).default([]),
    /** The conversation itself is answered like this. */
    create: fault.optional(),
  })
  .superRefine((bot, context) => {
    const fail = (message: string, path: (string | number)[] = []) =>
      context.addIssue({ code: 'custom', path, message, params: { sentence: true } });
    if ((bot.url === undefined) !== bot.rules.length > 0) fail('expected url or rules');
    if (bot.url !== undefined && bot.create !== undefined) fail('`create` goes without `url`', ['create']);
    const webSocket = bot.url === undefined ? bot.transport === 'websocket' : /^wss?:/i.test(bot.url);
    for (const key of ['directSTT', 'directTTS'] as const) {
      if (bot[key] && !webSocket) fail(`\`${key}\` needs \`transport: websocket\``, [key]);
    }
    if (bot.resumes && !webSocket) fail('`resumes` needs `transport: websocket`', ['resumes']);
    for (const [index, { on, reply: replies, fail: failure }] of bot.rules.entries()) {
      if (on === 'speech' && !bot.directSTT) fail('`speech` needs `directSTT`', ['rules', index, 'on']);
      if (webSocket && typeof failure === 'number') {
        fail('a status needs `transport: http`; over a WebSocket: brokenJson, drop or silence', [
          'rules',
          index,
          'fail',
        ]);
      }
      for (const [at, { play: audio, after_ms }] of replies.entries()) {
        if (after_ms !== undefined && !webSocket) {
          fail('`after_ms` needs `transport: websocket`', ['rules', index, 'reply', at, 'after_ms']);
        }
        if (audio?.by === 'stream' && !bot.directTTS) {
          fail('`by: stream` needs `directTTS`', ['rules', index, 'reply', at, 'play', 'by']);
        }
      }
    }
  });

export type BotRule = z.output<typeof rule>;
export type BotReply = z.output<typeof reply>;
export type BotAudio = z.output<typeof play>;
export type BotFault = z.output<typeof fault>;
