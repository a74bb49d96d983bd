import type { BotParameterLayer } from '../bots/parameters.ts';
import type { ConnectorSchemas } from '../config/types.ts';
import { connectorNames, connectorRegistry } from './connectors.ts';

/** The schemas of all connectors: tests check configurations of any. */
export function allConnectorSchemas(): Promise<ConnectorSchemas<BotParameterLayer>> {
  return connectorRegistry.load(connectorNames);
}
