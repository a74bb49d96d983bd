import { z } from 'zod';

/* Messages are phrases that follow "expected"; one that is a whole sentence is marked (src/config reads both). */
const sentence = (error: string) => ({ error, params: { sentence: true } });

const httpUrl = z.string().superRefine((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    context.addIssue({ code: 'custom', message: 'a URL such as https://llm.example/v1' });
  } else if (url.username !== '' || url.password !== '') {
    context.addIssue({
      code: 'custom',
      message: 'a URL without a user name: credentials belong into apiKey or headers',
    });
  }
});

/** Names of functions as chat completions allow them. */
const toolName = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, '1 to 64 letters, digits, _ and -');

const header = z
  .string()
  .max(8_192)
  .regex(/^[\x20-\x7e]*$/, 'visible ASCII characters');

const httpTool = z.strictObject({
  name: toolName,
  /** Tells the model what the tool is for. */
  description: z.string().min(1).max(4_000),
  /** JSON schema of the arguments. */
  parameters: z.record(z.string(), z.unknown()).default({ type: 'object', properties: {} }),
  url: httpUrl,
  /** GET: the arguments become the query; POST: a JSON body. */
  method: z.enum(['GET', 'POST']).default('POST'),
  headers: z.record(z.string().regex(/^[A-Za-z0-9-]+$/, 'the name of a header'), header).default({}),
  timeoutMs: z.int().min(100).max(60_000).default(5_000),
});

const tools = z
  .strictObject({
    /** The model may hand the caller over to one of these, by name. */
    transfer: z
      .record(
        toolName,
        z.strictObject({
          target: z.string().regex(/^(tel|sips?):\S+$/i, 'a tel: or sip: URI'),
          description: z.string().max(1_000).optional(),
        }),
      )
      .optional(),
    hangUp: z.boolean().default(true),
    sendDtmf: z.boolean().default(false),
    http: z.array(httpTool).max(64).default([]),
  })
  .refine(
    ({ http }) => new Set([...RESERVED, ...http.map(({ name }) => name)]).size === RESERVED.length + http.length,
    sentence('tools.http: each name stands once, and transfer, hang_up and send_dtmf are taken'),
  )
  .prefault({});

const RESERVED = ['transfer', 'hang_up', 'send_dtmf'];

/** The part of a bot in hub.yaml that belongs to this connector. */
export const llmConfigSchema = z.strictObject({
  /** Up to and without `/chat/completions`. */
  url: httpUrl,
  apiKey: z
    .string()
    .min(1)
    .max(8_192)
    .regex(/^[\x21-\x7e]+$/, 'visible ASCII characters without spaces')
    .optional(),
  headers: z.record(z.string().regex(/^[A-Za-z0-9-]+$/, 'the name of a header'), header).default({}),
  model: z.string().min(1).max(256),
  /** Variables in braces come from the start event: {caller}, {callee}, {callerDisplayName}, {dialoutMetadata.name} ... */
  systemPrompt: z.string().min(1).max(100_000),
  /** Said at the beginning, with the same variables; absent: the model begins. */
  welcome: z.string().min(1).max(4_000).optional(),
  temperature: z.number().min(0).max(2).optional(),
  maxTokens: z.int().min(1).max(32_768).optional(),
  /** Fields of the request that are passed on as they are. */
  extraBody: z.record(z.string(), z.unknown()).default({}),
  tools,
  /** Messages that the model gets besides the system prompt; of more, the oldest go. */
  historyMessages: z.int().min(2).max(1_000).default(100),
  timeouts: z
    .strictObject({
      connectMs: z.int().min(1).max(60_000).default(3_000),
      /** From the request to the first piece of the answer, and between two pieces. */
      tokenMs: z.int().min(100).max(300_000).default(15_000),
    })
    .prefault({}),
});

/** Checked and complete: all defaults filled in. */
export type LlmConfig = z.output<typeof llmConfigSchema>;
export type HttpToolConfig = LlmConfig['tools']['http'][number];
