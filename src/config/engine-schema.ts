import { z } from 'zod';
import * as field from './fields.ts';

/** Sections of hub.yaml that `engine: freeswitch` needs, and no other engine. */

/** What the programs come with: who can reach their ports knows them. */
const factorySecrets = new Set(['cymru', 'ClueCon', 'JambonzR0ck$']);

const secret = field.token
  .min(1)
  .refine(
    (value) => !factorySecrets.has(value),
    field.sentence(
      'this is the secret that the program comes with, which everybody knows: set one of your own, there and here',
    ),
  );

export const engine = z.enum(['embedded', 'freeswitch']).prefault('embedded');

/** The drachtio-server that carries SIP. */
export const drachtio = z
  .strictObject({ host: field.hostName, port: field.port.min(1).default(9022), secret })
  .optional();

const freeswitchServer = z.strictObject({
  /** Where its event socket (mod_event_socket) listens. */
  host: field.hostName,
  port: field.port.min(1).default(8021),
  secret,
  /** Calls of this hub on it at a time. */
  maxCalls: z.int().min(1).max(10_000).default(500),
  /** The sofia profile that drachtio-server reaches it by. */
  profile: z
    .string()
    .max(64)
    .regex(/^[A-Za-z0-9_-]+$/, 'the name of a sofia profile')
    .default('drachtio_mrf'),
  /** Where its connections to the hub come from, besides `host`. */
  addresses: z.array(field.cidr).max(16).default([]),
});

/** The FreeSWITCHes that carry media. */
export const freeswitch = z.array(freeswitchServer).min(1).max(64).optional();

/** Where FreeSWITCH brings the audio of calls to, and asks what to do with a call. */
export const audioSocket = z
  .strictObject({
    host: field.bindAddress.default('127.0.0.1'),
    port: field.port.default(8081),
    /** How FreeSWITCH reaches `host`. By default the address that the hub has towards that FreeSWITCH. */
    advertisedAddress: z
      .string()
      .refine(
        (value) => /^\d{1,3}(\.\d{1,3}){3}$/.test(value),
        'an IPv4 address: a name would be looked up once per call, and IPv6 is not understood',
      )
      .pipe(field.ipAddress)
      .optional(),
  })
  .prefault({});
