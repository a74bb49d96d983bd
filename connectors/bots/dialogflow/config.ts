import { X509Certificate } from 'node:crypto';
import { z } from 'zod';

/* Messages are phrases that follow "expected"; one that is a whole sentence is marked (src/config reads both). */
const sentence = (error: string) => ({ error, params: { sentence: true } });

/** A part of a resource's name. */
export const segment = z.string().regex(/^[^/\s]{1,200}$/, 'a name without slashes and spaces');

const credentials = z
  .strictObject({
    /** JSON key of a service account, or another file of credentials that Google's libraries take. */
    keyFile: z.string().min(1).max(4_096).optional(),
    clientEmail: z.string().min(3).max(512).optional(),
    privateKey: z
      .string()
      .max(16_384)
      .regex(/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key in PEM')
      .optional(),
  })
  .refine(
    ({ keyFile, clientEmail, privateKey }) =>
      keyFile === undefined
        ? clientEmail !== undefined && privateKey !== undefined
        : clientEmail === undefined && privateKey === undefined,
    sentence('credentials: either keyFile, or clientEmail and privateKey'),
  );

const certificate = z.string().refine((pem) => {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}, 'a certificate in PEM');

const eventName = z.string().min(1).max(200);

/** Keys of hub.yaml that agents of both editions have. */
export const sharedFields = {
  /** Absent: the application default credentials of the machine. */
  credentials: credentials.optional(),
  /** Where the API is, when not where the agent's location says: a proxy, or Private Service Connect. */
  endpoint: z
    .string()
    .regex(/^[A-Za-z0-9.-]{1,253}(:\d{1,5})?$/, 'a host, or host:port')
    .optional(),
  /** An authority that counts beside those that Node knows, for an endpoint of one's own. */
  caCertificate: certificate.optional(),
  /** BCP 47; absent: the language of the call. */
  language: z.string().min(2).max(35).optional(),
  /** IANA name; absent: what the agent's settings say. */
  timeZone: z.string().min(1).max(64).optional(),
  /** The event that begins the conversation. */
  welcomeEvent: eventName.default('WELCOME'),
  /** Sent in the place of the event, for an agent that begins at a text. */
  welcomeText: z.string().min(1).max(256).optional(),
  /** Parameters of every conversation, beside those of the call. */
  sessionParams: z.record(z.string().min(1).max(200), z.unknown()).default({}),
  /** Longer texts of the caller are cut. */
  maxTextChars: z.int().min(1).max(100_000).default(256),
  /** The agent recognises speech itself: it gets the caller's audio. */
  directSTT: z.boolean().default(false),
  /** With directSTT. */
  recognition: z
    .strictObject({
      /** https://cloud.google.com/dialogflow/cx/docs/concept/speech-models; absent: the agent's. */
      model: z.string().min(1).max(100).optional(),
      variant: z.enum(['best', 'standard', 'enhanced']).default('best'),
      phraseHints: z.array(z.string().min(1).max(100)).max(1_000).default([]),
      /** A stream of audio is replaced after this time, and a seventh later where somebody speaks; Google ends it after 60 s. */
      renewMs: z.int().min(100).max(50_000).default(50_000),
    })
    .prefault({}),
  timeouts: z
    .strictObject({
      /** From a question to the first part of the answer, and between two parts; an agent may wait for its webhook. */
      answerMs: z.int().min(100).max(300_000).default(30_000),
    })
    .prefault({}),
} as const;

export interface RecognitionConfig {
  model?: string | undefined;
  variant: 'best' | 'standard' | 'enhanced';
  phraseHints: readonly string[];
  renewMs: number;
}

/** What both editions configure alike. */
export interface SharedConfig {
  credentials?:
    | { keyFile?: string | undefined; clientEmail?: string | undefined; privateKey?: string | undefined }
    | undefined;
  endpoint?: string | undefined;
  caCertificate?: string | undefined;
  language?: string | undefined;
  timeZone?: string | undefined;
  welcomeEvent: string;
  welcomeText?: string | undefined;
  /** `{n}` stands for how often the caller has been silent. */
  noInputEvent: string;
  sessionParams: Record<string, unknown>;
  maxTextChars: number;
  directSTT: boolean;
  recognition: RecognitionConfig;
  timeouts: { answerMs: number };
}

/** The default differs. */
export const noInputEventField = (byDefault: string) => eventName.default(byDefault);
