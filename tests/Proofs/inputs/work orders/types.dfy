include "../shared things/deep/utils.dfy"
include "../shared things/monotone/grow.dfy"

module Types {
  import opened UtilitiesLibrary

  type WorkerId = nat

  datatype Task = Task(round: nat, owner: WorkerId)

  datatype Message =
    | Offer(boss: nat, task: Task)
    | Done(worker: WorkerId, task: Task)
  {
    ghost function Src(): nat {
      if Offer? then boss else worker
    }
  }

  datatype MessageOps = MessageOps(recv: Option<Message>, send: Option<Message>)
}
