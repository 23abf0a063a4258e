include "distributedSystem.dfy"

module Obligations {
  import opened UtilitiesLibrary
  import opened Types
  import opened DistributedSystem

  // What a clerk has filed it had ordered: the line says so itself.
  ghost predicate Safety(c: Constants, v: Variables)
    requires v.WF(c)
  {
    forall i: nat, proof: (Line, nat) | i < |c.clerk| && proof in v.Last().clerk[i].filed
      :: proof.0.pair == (i, proof.0.item)
  }
}
