import { PatchbayError } from '../errors.ts';

export type AccessErrorCode =
  | 'client_exists' // another client has the id
  | 'client_unknown'
  | 'client_declared' // in the configuration, which the API does not change
  | 'too_many_clients'
  | 'bad_client'; // an id or group that cannot be

export class AccessError extends PatchbayError<AccessErrorCode> {}
