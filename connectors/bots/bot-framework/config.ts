import { z } from 'zod';

/* Messages are phrases that follow "expected"; one that is a whole sentence is marked (src/config reads both). */
const sentence = (error: string) => ({ error, params: { sentence: true } });

const httpUrl = (example: string) =>
  z.string().superRefine((value, context) => {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
      context.addIssue({ code: 'custom', message: `a URL such as ${example}` });
    } else if (url.username !== '' || url.password !== '') {
      context.addIssue({ code: 'custom', message: 'a URL without a user name: credentials belong into secret' });
    }
  });

/** Base addresses of Direct Line, from the "API reference" page of Direct Line API 3.0. */
export const REGIONS = {
  global: 'https://directline.botframework.com',
  europe: 'https://europe.directline.botframework.com',
  india: 'https://india.directline.botframework.com',
} as const;

const header = z.string().regex(/^[\x21-\x7e]+$/, 'visible ASCII characters without spaces');

const start = z
  .strictObject({
    /** Name of the event; absent: `channel`, or `startConversation` where the agent is one of Copilot Studio. */
    name: z.string().min(1).max(256).optional(),
    value: z.unknown().optional(),
    /** Said as the caller's first message, to bots that do not know events. */
    text: z.string().min(1).max(4_000).optional(),
  })
  .refine(({ name, text }) => name === undefined || text === undefined, sentence('start: either name or text'))
  .prefault({});

/** The part of a bot in hub.yaml that belongs to this connector. */
export const botFrameworkConfigSchema = z
  .strictObject({
    /** Of the Direct Line channel; tokens for single conversations are made from it. */
    secret: header.max(8_192).optional(),
    /** Copilot Studio: the agent's token endpoint, from its channel "Mobile app" or "Native app". */
    tokenEndpoint: httpUrl('https://x.environment.api.powerplatform.com/powervirtualagents/.../token').optional(),
    region: z.enum(Object.keys(REGIONS) as [keyof typeof REGIONS]).default('global'),
    /** Base address of Direct Line, for clouds of their own and emulators; goes before `region`. */
    url: httpUrl('https://directline.botframework.com').optional(),
    transport: z.enum(['websocket', 'polling']).default('websocket'),
    /** Pause between two polls; after a message of the caller there is one more after 300 ms. */
    pollMs: z.int().min(50).max(60_000).default(1_000),
    /** Of whom the bot is told: someone new in each call, or the number of the caller, whom it may know again. */
    user: z.enum(['conversation', 'caller']).default('conversation'),
    start,
    /** Where the bot's handoff names no target. */
    handoffTarget: z
      .string()
      .regex(/^(tel|sips?):\S+$/i, 'a tel: or sip: URI')
      .optional(),
    /** What a message suggests to say is said aloud after it. */
    speakSuggestedActions: z.boolean().default(false),
    /** Hosts besides the configured ones and Microsoft's that Direct Line may name for its streams and regions. */
    trustedHosts: z.array(z.string().min(1).max(253)).max(16).default([]),
    timeouts: z
      .strictObject({
        connectMs: z.int().min(1).max(60_000).default(3_000),
        /** Of one request; Direct Line itself gives a bot 15 s for a turn. */
        responseMs: z.int().min(100).max(60_000).default(20_000),
        /** For how long a delivery that is refused for the moment (429, 5xx) is tried again. */
        retryMs: z.int().min(0).max(60_000).default(8_000),
        /** A stream that cannot be had again for so long, and polls that fail so long, end the conversation. */
        reconnectMs: z.int().min(100).max(60_000).default(10_000),
        /** Between two pings; a stream that shows no life for half as long after one is opened anew. */
        pingMs: z.int().min(100).max(300_000).default(15_000),
        disconnectMs: z.int().min(1).max(30_000).default(3_000),
      })
      .prefault({}),
  })
  .refine(
    ({ secret, tokenEndpoint }) => (secret === undefined) !== (tokenEndpoint === undefined),
    sentence('either secret (Direct Line) or tokenEndpoint (Copilot Studio) is needed, and not both'),
  );

/** Checked and complete: all defaults filled in. */
export type BotFrameworkConfig = z.output<typeof botFrameworkConfigSchema>;
