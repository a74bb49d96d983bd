import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { BotConnection } from './port.ts';

export interface BotDeps {
  log: Logger;
  clock: Clock;
}

/** Which speech a bot does itself, so that hub.yaml need not name a service for it. */
export interface BotAudio {
  directStt: boolean;
  directTts: boolean;
}

/** What the `entry.ts` of a bot connector gives the registry. `settings` is what the schema made of the bot's fields. */
export interface BotConnectorEntry {
  schema: z.ZodType;
  audio(settings: unknown): BotAudio;
  create(bot: { id: string; name: string; settings: unknown }, deps: BotDeps): BotConnection;
}

interface BotConnectorParts<Schema extends z.ZodType> {
  /** The connector's own fields of a bot in hub.yaml. */
  schema: Schema;
  /** Absent: it hears and speaks nothing itself. */
  audio?: (config: z.output<Schema>) => BotAudio;
  create: (bot: { id: string; name: string; config: z.output<Schema> }, deps: BotDeps) => BotConnection;
}

/** An entry, of parts that know their own configuration. */
export function botConnector<Schema extends z.ZodType>({
  schema,
  audio = () => ({ directStt: false, directTts: false }),
  create,
}: BotConnectorParts<Schema>): BotConnectorEntry {
  return {
    schema,
    audio: (settings) => audio(schema.parse(settings)),
    create({ id, name, settings }, deps) {
      const config = schema.parse(settings);
      warnOfUncheckedCertificates(config, deps.log);
      return create({ id, name, config }, deps);
    },
  };
}

/** A setting that an administrator should not forget: botAllowSelfSignedCert of VoiceAI Connect. */
function warnOfUncheckedCertificates(config: unknown, log: Logger): void {
  const { allowSelfSignedCert } = (config ?? {}) as { allowSelfSignedCert?: unknown };
  if (allowSelfSignedCert !== true) return;
  log.warn(
    'the certificate of this bot is not checked (allowSelfSignedCert): whoever is on the way can read and change what is said, and read the credentials; caCertificate is safe',
  );
}
