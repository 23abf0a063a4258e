include "distributedSystem.dfy"

module Obligations {
  import opened UtilitiesLibrary
  import opened Types
  import opened DistributedSystem

  // The final position of a place: rows one after the other, in a row the shards by index.
  ghost function Position(shards: nat, place: Place): nat {
    place.slot * shards + place.shard
  }

  // What a reader knows to stand at a place for good: nothing, where the shard failed before it.
  ghost predicate Final(c: Constants, h: Hosts, reader: nat, place: Place, content: Option<Content>)
    requires h.WF(c)
  {
    && reader < |c.readers|
    && place.slot < h.readers[reader].rows
    && if Dead(h.readers[reader].failed, place) then content == None
       else place in h.readers[reader].held && h.readers[reader].held[place] == content
  }

  // No two readers ever see different contents at one confirmed position.
  ghost predicate Agreed(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall a: nat, b: nat | a < |c.readers| && b < |c.readers| ::
      forall p: Place, x: Option<Content>, y: Option<Content>
        | p in v.Last().readers[b].held.Keys + v.Last().readers[a].held.Keys
          && Final(c, v.Last(), a, p, x) && Final(c, v.Last(), b, p, y)
        :: x == y
  }

  // Two records never share a position.
  ghost predicate Unique(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall r: nat | r < |c.readers| ::
      forall p: Place, q: Place | p in v.Last().readers[r].held && q in v.Last().readers[r].held && p != q ::
        Position(|c.shards|, p) != Position(|c.shards|, q)
  }

  // Only slots of failed shards are taken back, only those that were not kept, and none that a reader has confirmed.
  ghost predicate RevokesOnlyTheDead(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall r: nat | r < |c.readers| ::
      forall p: Place | p in v.Last().readers[r].revoked ::
        && Dead(v.Last().readers[r].failed, p)
        && (forall o: nat | o < |c.readers| && p in v.Last().readers[o].held ::
              v.Last().readers[o].rows <= p.slot)
  }

  // A committed row has a slot of every shard that was not declared failed: there are no gaps.
  ghost predicate Dense(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall o: nat, s: nat, slot: nat
      | o < |c.orderers| && s < |c.shards| && slot < v.Last().orderers[o].rows
      :: Dead(v.Last().orderers[o].failed, Place(s, slot)) || slot < |v.Last().shards[s].slots|
  }

  ghost predicate Safety(c: Constants, v: Variables)
    requires v.WF(c)
  {
    && Agreed(c, v)
    && Unique(c, v)
    && RevokesOnlyTheDead(c, v)
    && Dense(c, v)
  }

  // Exploration must reach a confirmed record and a revoked one.
  ghost predicate GoalConfirmed(c: Constants, v: Variables)
    requires v.WF(c)
  {
    exists r: nat :: r < |c.readers|
      && exists p: Place :: p in v.Last().readers[r].held && p.slot < v.Last().readers[r].rows
  }

  ghost predicate GoalRevoked(c: Constants, v: Variables)
    requires v.WF(c)
  {
    exists r: nat :: r < |c.readers| && v.Last().readers[r].revoked != {}
  }

  // How far exploration looks: two rows hold a confirmed, a revoked and a kept slot of one shard.
  ghost predicate ExploreWithin(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall s: nat | s < |c.shards| :: |v.Last().shards[s].slots| <= 2
  }
}
