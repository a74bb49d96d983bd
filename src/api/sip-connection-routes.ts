import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { addRoute } from './route.ts';

/** A SIP connection of the configuration, and how its gateways are. */
export interface SipConnectionView {
  id: string;
  name: string | undefined;
  /** Callers are asked for credentials. */
  challengesCallers: boolean;
  transferMethod: 'invite' | 'refer' | 'attended';
  codecs: readonly string[];
  dtmf: 'rfc4733' | 'info';
  nat: { advertisedAddress?: string | undefined; signalling: 'contact' | 'source'; media: 'source' | 'sdp' };
  /** Undefined: gateways are not asked whether they are there. */
  keepAlive: { intervalMs: number; timeoutMs: number } | undefined;
  gateways: readonly GatewayView[];
}

export interface GatewayView {
  /** As configured; may contain a password. */
  uri: string;
  state: 'unknown' | 'up' | 'down';
  since: Date | undefined;
  askedAt: Date | undefined;
  lastStatus: number | undefined;
  roundTripMs: number | undefined;
}

export interface SipConnectionsPort {
  list(): readonly SipConnectionView[];
}

const time = z.iso.datetime();

const connection = z
  .looseObject({
    id: z.string(),
    name: z.string().optional(),
    challengesCallers: z.boolean(),
    transferMethod: z.enum(['invite', 'refer', 'attended']),
    codecs: z.array(z.string()),
    dtmf: z.enum(['rfc4733', 'info']),
    nat: z.looseObject({ signalling: z.enum(['contact', 'source']), media: z.enum(['source', 'sdp']) }),
    keepAlive: z.looseObject({ intervalMs: z.int(), timeoutMs: z.int() }).optional(),
    gateways: z.array(
      z.looseObject({
        uri: z.string(),
        state: z
          .enum(['unknown', 'up', 'down'])
          .describe('`unknown`: not asked (no keepAlive), or not yet known; gateways that are down are tried last'),
        since: time.optional().describe('Since when the state is what it is'),
        askedAt: time.optional().describe('When it was asked last'),
        lastStatus: z.int().optional().describe('What it answered then; absent: nothing in time'),
        roundTripMs: z.number().optional().describe('Of its last answer'),
      }),
    ),
  })
  .meta({ id: 'SipConnection' });

export function sipConnectionRoutes(app: FastifyInstance, port: SipConnectionsPort): void {
  addRoute(app, {
    method: 'GET',
    url: '/sip-connections',
    access: 'monitor',
    id: 'listSipConnections',
    tag: 'Routing',
    summary: 'SIP connections, and whether their gateways answer',
    responses: {
      200: {
        description: 'All, in the order of the configuration',
        schema: z.strictObject({ sipConnections: z.array(connection) }),
      },
    },
    handle: () => ({
      sipConnections: port.list().map((each) => ({ ...each, gateways: each.gateways.map(presentGateway) })),
    }),
  });
}

function presentGateway({ uri, state, since, askedAt, lastStatus, roundTripMs }: GatewayView) {
  return {
    uri: withoutPassword(uri),
    state,
    since: since?.toISOString(),
    askedAt: askedAt?.toISOString(),
    lastStatus,
    roundTripMs,
  };
}

/** RFC 3261 19.1.1: `sip:user:password@host`. */
function withoutPassword(uri: string): string {
  return uri.replace(/^(sips?:[^:@]*):[^@]*@/i, '$1@');
}
