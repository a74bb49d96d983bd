import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { SpeechService } from './ports.ts';

export interface SpeechVendorDeps {
  log: Logger;
  clock: Clock;
}

/** What the `entry.ts` of a speech connector gives the registry: the vendor's own fields in hub.yaml, and what it can do. */
export interface SpeechVendorEntry {
  schema: { settings: z.ZodType; stt: boolean; tts: boolean };
  /** `settings` is what the schema made of the service's fields. */
  create(settings: unknown, deps: SpeechVendorDeps): SpeechService;
}

interface SpeechVendorParts<Schema extends z.ZodType> {
  settings: Schema;
  stt: boolean;
  tts: boolean;
  create: (config: z.output<Schema>, deps: SpeechVendorDeps) => SpeechService;
}

/** An entry, of parts that know their own configuration. */
export function speechVendor<Schema extends z.ZodType>({
  settings,
  stt,
  tts,
  create,
}: SpeechVendorParts<Schema>): SpeechVendorEntry {
  return {
    schema: { settings, stt, tts },
    create(given, deps) {
      const config = settings.parse(given);
      warnOfUncheckedCertificates(config, deps.log);
      return create(config, deps);
    },
  };
}

/** A setting that an administrator should not forget: sttAllowSelfSignedCert and ttsAllowSelfSignedCert of VoiceAI Connect. */
function warnOfUncheckedCertificates(config: unknown, log: Logger): void {
  const { allowSelfSignedCert } = (config ?? {}) as { allowSelfSignedCert?: unknown };
  if (allowSelfSignedCert !== true) return;
  log.warn(
    'the certificate of this service is not checked (allowSelfSignedCert): whoever is on the way can read and change what is said, and read the credentials; caCertificate, where the service has it, is safe',
  );
}
