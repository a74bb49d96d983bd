import { type Cidr, cidrContains, parseIpAddress } from './cidr.ts';

/**
 * The SIP connection that a request from `sourceAddress` belongs to: the first, in the order of the configuration,
 * one of whose blocks contains the address. A connection without blocks takes calls from nobody.
 * @param sourceAddress IPv4 or IPv6 in text form, no port
 * @returns undefined where no connection allows the address (or it is no address): the answer is 403
 */
export function matchSipConnection<Connection extends { readonly allowFrom: readonly Cidr[] }>(
  connections: readonly Connection[],
  sourceAddress: string,
): Connection | undefined {
  const address = parseIpAddress(sourceAddress);
  if (address === undefined) return undefined;
  return connections.find((connection) => connection.allowFrom.some((cidr) => cidrContains(cidr, address)));
}
