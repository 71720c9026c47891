/** Everything that stands in the store, once: for the search of deadlocks; reads only. */
import type { Steps } from '../../os/os.ts';
import type { Listing } from '../protocol.ts';
import type { Observer } from './observe.ts';
import { StoreList } from './storeList.ts';

export function listStore(observer: Observer): Steps<Listing> {
  return new StoreList(observer).list();
}
