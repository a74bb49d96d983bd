import { z } from 'zod';

const httpUrl = z.string().superRefine((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    context.addIssue({ code: 'custom', message: 'a URL such as https://speech.example/v1' });
  }
});

/** The service's entry in `speechServices` of hub.yaml. */
export const openAiSpeechConfigSchema = z.strictObject({
  id: z.string().min(1).max(64),
  vendor: z.literal('openai-compatible'),
  /** Up to and without `/audio`. */
  url: httpUrl,
  apiKey: z
    .string()
    .min(1)
    .max(8_192)
    .regex(/^[\x21-\x7e]+$/, 'visible ASCII characters without spaces')
    .optional(),
  /** Takes any certificate. */
  allowSelfSignedCert: z.boolean().default(false),
  stt: z
    .strictObject({
      model: z.string().min(1).max(256).default('whisper-1'),
      /** Longer utterances are sent in parts. */
      maxUtteranceMs: z.int().min(1_000).max(120_000).default(60_000),
    })
    .prefault({}),
  tts: z
    .strictObject({
      model: z.string().min(1).max(256).default('tts-1'),
      /** Spoken where the bot names no voice. */
      voice: z.string().min(1).max(256).default('alloy'),
      /** `pcm` comes as it is made, at 24 kHz; `wav` names its own rate. */
      format: z.enum(['pcm', 'wav']).default('pcm'),
      speed: z.number().min(0.25).max(4).optional(),
    })
    .prefault({}),
  timeouts: z
    .strictObject({
      connectMs: z.int().min(100).max(60_000).default(3_000),
      /** The whole of a recognition; the first audio of a text, and between two pieces of it. */
      answerMs: z.int().min(100).max(120_000).default(10_000),
    })
    .prefault({}),
});

export type OpenAiSpeechConfig = z.output<typeof openAiSpeechConfigSchema>;
