import { PatchbayError } from '../errors.ts';

export type StoreErrorCode =
  | 'store_in_use' // another hub works on the same data directory
  | 'store_incompatible' // made by a newer version
  | 'store_overloaded' // more writes wait than the queue takes
  | 'store_closed'
  | 'store_failed'; // cannot be opened, read or written

export class StoreError extends PatchbayError<StoreErrorCode> {}
