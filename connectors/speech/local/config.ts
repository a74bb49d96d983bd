import { z } from 'zod';
import { DEFAULT_MAX_TEXT_CHARS } from './tts/tts.ts';

/** The service's entry in `speechServices` of hub.yaml. */
export const localSpeechConfig = z.strictObject({
  id: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'letters, digits, dot, dash and underscore'),
  vendor: z.literal('local'),
  /** Default voice: slt, rms, awb, kal, kal16 (also as flite/slt) or espeak-ng/<voice>. */
  voice: z
    .string()
    .max(100)
    .regex(/^(?:(?:flite\/)?(?:slt|rms|awb|kal|kal16)|espeak-ng\/[\w.()+/-]+)$/, {
      error: 'slt, rms, awb, kal, kal16 or espeak-ng/<voice>',
    })
    .optional(),
  /** The espeak-ng program, when it is not in PATH. */
  espeakPath: z.string().min(1).max(4096).optional(),
  /** Threads for speech to text. */
  sttWorkers: z.int().min(1).max(64).optional(),
  /** Threads that guess at greetings for machine detection; started by the first call that wants it. */
  greetingWorkers: z.int().min(1).max(16).default(1),
  /** Threads for text to speech, and espeak-ng processes at the same time. */
  ttsWorkers: z.int().min(1).max(64).default(1),
  /** Longest text of one message, in characters. */
  ttsMaxTextChars: z.int().min(100).max(100_000).default(DEFAULT_MAX_TEXT_CHARS),
});

export type LocalSpeechConfig = z.infer<typeof localSpeechConfig>;
