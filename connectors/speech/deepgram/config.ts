import { z } from 'zod';

const wsUrl = z.string().superRefine((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !['ws:', 'wss:'].includes(url.protocol)) {
    context.addIssue({ code: 'custom', message: 'a URL such as wss://api.deepgram.com' });
  }
});

const caCertificate = z
  .string()
  .max(100_000)
  .regex(/-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/, 'certificates in PEM');

const name = z.string().regex(/^[A-Za-z0-9._-]{1,128}$/, 'a name of letters, digits, dot, dash and underscore');

/** The service's entry in `speechServices` of hub.yaml. */
export const deepgramConfigSchema = z.strictObject({
  id: z.string().min(1).max(64),
  vendor: z.literal('deepgram'),
  apiKey: z
    .string()
    .min(1)
    .max(1_024)
    .regex(/^[\x21-\x7e]+$/, 'visible ASCII characters without spaces'),
  /** A self-hosted server, or another region. */
  url: wsUrl.default('wss://api.deepgram.com'),
  /** Authorities that count beside those that Node knows, for a server of one's own. */
  caCertificate: caCertificate.optional(),
  /** Takes any certificate. */
  allowSelfSignedCert: z.boolean().default(false),
  stt: z
    .strictObject({
      model: name.default('nova-3'),
      /** `hub`: the hub decides when the caller has finished, by the bot's endpointing profile, and asks for the text at once. */
      endpointing: z.enum(['hub', 'vendor']).default('hub'),
      /** Where Deepgram decides: silence that ends an utterance. */
      endpointingMs: z.int().min(10).max(5_000).default(300),
      smartFormat: z.boolean().default(false),
      /** Query parameters that are passed on as they are. */
      extra: z.record(z.string().max(64), z.string().max(1_000)).default({}),
    })
    .prefault({}),
  tts: z
    .strictObject({
      /** Spoken where the bot names none, and the text is of its language. */
      voice: name.optional(),
      /** Open connections that wait for the next text, so that it does not wait for a handshake. */
      idleConnections: z.int().min(0).max(100).default(4),
    })
    .prefault({}),
  connectMs: z.int().min(100).max(60_000).default(3_000),
});

export type DeepgramConfig = z.output<typeof deepgramConfigSchema>;
