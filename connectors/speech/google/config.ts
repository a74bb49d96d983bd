import { z } from 'zod';

const name = z
  .string()
  .regex(/^[A-Za-z0-9._:/-]{1,256}$/, 'a name of letters, digits, dot, colon, slash, dash and underscore');

const endpoint = z
  .string()
  .regex(
    /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?$/,
    'a host such as eu-speech.googleapis.com, or host:port',
  );

const caCertificate = z
  .string()
  .max(100_000)
  .regex(/-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/, 'certificates in PEM');

/** The service's entry in `speechServices` of hub.yaml. */
export const googleConfigSchema = z.strictObject({
  id: z.string().min(1).max(64),
  vendor: z.literal('google'),
  /** Absent: application default credentials, as Google's libraries look for them. */
  credentials: z.strictObject({ keyFile: z.string().min(1).max(4_096) }).optional(),
  /** Absent: that of the credentials. */
  projectId: name.optional(),
  /** Where the audio is processed: `global`, `eu`, `us`, or a region such as `europe-west4`. */
  location: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,30}$/, 'a location such as eu or europe-west4')
    .default('global'),
  /** Authorities that count beside those that Node knows, for an endpoint of one's own. */
  caCertificate: caCertificate.optional(),
  /** Takes any certificate. */
  allowSelfSignedCert: z.boolean().default(false),
  stt: z
    .strictObject({
      api: z.enum(['v1', 'v2']).default('v2'),
      model: name.default('telephony'),
      /** Models of single languages, by BCP 47 tag, where `model` does not know them. */
      models: z.record(z.string().max(35), name).default({}),
      /** v1: the enhanced variant of the model. */
      enhanced: z.boolean().default(false),
      /** v2: a recognizer of the project; `_` is none. */
      recognizer: name.default('_'),
      /** `hub`: the hub decides when the caller has finished; each utterance is a stream of its own, closed at its end. */
      endpointing: z.enum(['hub', 'vendor']).default('hub'),
      /** Calls at 8 kHz: the u-law of the line, or linear samples. */
      encoding: z.enum(['mulaw', 'linear16']).default('mulaw'),
      punctuation: z.boolean().default(true),
      /** Times and confidence of single words. */
      words: z.boolean().default(true),
      maxAlternatives: z.int().min(1).max(30).default(1),
      /** Names of phrase sets of the project. */
      phraseSets: z.array(name).max(20).default([]),
      /** Audio of one message: longer is cheaper, and text comes later by it. */
      chunkMs: z.int().min(20).max(200).multipleOf(20).default(20),
      apiEndpoint: endpoint.optional(),
    })
    .prefault({}),
  tts: z
    .strictObject({
      /** Spoken where the bot names none; without a language in front (`Chirp3-HD-Kore`) it is that of the text. */
      voice: name.default('Chirp3-HD-Kore'),
      speakingRate: z.number().min(0.25).max(2).optional(),
      /** Semitones; not for Chirp voices. */
      pitch: z.number().min(-20).max(20).optional(),
      volumeGainDb: z.number().min(-96).max(16).optional(),
      effectsProfiles: z.array(name).max(5).default([]),
      apiEndpoint: endpoint.optional(),
    })
    .prefault({}),
  connectMs: z.int().min(100).max(60_000).default(3_000),
});

export type GoogleConfig = z.output<typeof googleConfigSchema>;
