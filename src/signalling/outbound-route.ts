import { hangupHeaders } from '../conversation/hangup-headers.ts';
import type { GatewayRoute } from './dial-gateways.ts';
import { ALLOW } from './options-handler.ts';
import { quotedString } from './sip-headers.ts';

/** Who calls, as the callee is told. */
export interface CallerId {
  /** '': nobody who wants to be known (RFC 3323 4.1). */
  user: string;
  host: string;
  displayName: string | undefined;
}

/** A `sip:` URI to `user` at a gateway; `phone`: the user is a telephone number (RFC 3261 19.1.6). */
export function gatewayRoute(gateway: string, user: string, phone: boolean): GatewayRoute {
  const { hostPort, transport } = gatewayParts(gateway);
  const parameters = `${transport === undefined ? '' : `;transport=${transport}`}${phone ? ';user=phone' : ''}`;
  return { gateway, uri: `sip:${escapeUser(user)}@${hostPort}${parameters}`, proxy: gateway };
}

/** Whether a SIP address names a gateway: the same host, and the same port where it names one. */
export function isAtGateway(uri: string, gateway: string): boolean {
  const [named, own] = [gatewayParts(uri), gatewayParts(gateway)];
  if (named.host !== own.host) return false;
  return named.port === undefined || named.port === (own.port ?? '5060');
}

export function gatewayHost(gateway: string): string {
  return gatewayParts(gateway).host;
}

/** Undefined: it names none. */
export function gatewayTransport(gateway: string): string | undefined {
  return gatewayParts(gateway).transport;
}

function gatewayParts(uri: string) {
  const match = /^sips?:(?:[^@]*@)?(\[[^\]]*\]|[^:;?]*)(?::(\d+))?/i.exec(uri);
  const [, host = '', port] = match ?? [];
  const transport = /;transport=([A-Za-z]+)/i.exec(uri)?.[1]?.toLowerCase();
  return { host: host.toLowerCase(), port, hostPort: port === undefined ? host : `${host}:${port}`, transport };
}

/** RFC 3261 25.1: what may stand in a user part stays, everything else is %-escaped. */
export function escapeUser(user: string): string {
  return encodeURIComponent(user).replace(/%(2B|26|3D|24|2C|3B|3F|2F)/g, (escaped) => decodeURIComponent(escaped));
}

const HOST = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

/**
 * Header fields of an INVITE that the hub sends. The identity is asserted (RFC 3325 9.1) where it is a telephone number and the
 * other side knows who we are.
 */
export function inviteHeaders(options: {
  caller: CallerId;
  /** The Request-URI. */
  to: string;
  asserted: boolean;
  extra: readonly { name: string; value: string }[];
}): { headers: Record<string, string>; refused: readonly string[] } {
  const { caller, to, asserted, extra } = options;
  const { headers: own, refused } = hangupHeaders(extra);
  const host = HOST.test(caller.host) ? caller.host : 'localhost';
  const uri = caller.user === '' ? 'sip:anonymous@anonymous.invalid' : `sip:${escapeUser(caller.user)}@${host}`;
  const name = caller.displayName ?? (caller.user === '' ? 'Anonymous' : undefined);
  const assert = asserted && /^\+\d+$/.test(caller.user);
  const headers = {
    From: `${name === undefined ? '' : `${quotedString(name)} `}<${uri}>`,
    To: `<${to.replace(/;transport=[^;]*/i, '')}>`,
    Allow: ALLOW,
    Supported: '100rel, replaces, norefersub',
    ...(assert ? { 'P-Asserted-Identity': `<${uri}>` } : {}),
  };
  const names = new Set(Object.keys(own).map((key) => key.toLowerCase()));
  const kept = Object.entries(headers).filter(([key]) => !names.has(key.toLowerCase()));
  return { headers: { ...Object.fromEntries(kept), ...own }, refused };
}
