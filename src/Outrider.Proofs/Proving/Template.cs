namespace Outrider.Proofs.Proving;

/// <summary>What <c>prove new</c> writes: a client asks a server, and takes answers to what it asked only.</summary>
internal static class Template
{
    public static readonly (string Name, string Text)[] Files =
    [
        ("types.dfy", Types),
        ("hosts.dfy", Server + Client),
        ("spec.dfy", Spec),
    ];

    private const string Types = """
        module UtilitiesLibrary {
          datatype Option<T> = None | Some(value: T)

          ghost predicate IsSeqExtension<T>(s: seq<T>, s': seq<T>) {
            && |s'| == |s| + 1
            && (forall i | 0 <= i < |s| :: s'[i] == s[i])
          }
        }

        module MonotonicityLibrary {
          // A type named Monotonic... says which later values may follow an earlier one.
          datatype MonotonicSet<T> = MonotonicSet(s: set<T>) {
            ghost predicate SatisfiesMonotonic(past: MonotonicSet<T>) {
              past.s <= s
            }
          }
        }

        module Types {
          import opened UtilitiesLibrary

          type ClientId = nat

          datatype Message = Ask(client: ClientId, question: nat) | Answer(client: ClientId, question: nat)
          {
            // Index of the sender within its own kind; there is one server.
            ghost function Src(): nat {
              if Ask? then client else 0
            }
          }

          datatype MessageOps = MessageOps(recv: Option<Message>, send: Option<Message>)
        }

        """;

    private const string Server = """
        include "types.dfy"

        module ServerHost {
          import opened UtilitiesLibrary
          import opened Types

          datatype Constants = Constants(id: nat)

          datatype Variables = Variables(served: nat) {
            ghost predicate WF(c: Constants) {
              true
            }
          }

          ghost predicate GroupWFConstants(grp_c: seq<Constants>) {
            && |grp_c| == 1
            && grp_c[0].id == 0
          }

          ghost predicate GroupWF(grp_c: seq<Constants>, grp_v: seq<Variables>) {
            && |grp_v| == |grp_c|
            && (forall i | 0 <= i < |grp_c| :: grp_v[i].WF(grp_c[i]))
          }

          ghost predicate GroupInit(grp_c: seq<Constants>, grp_v: seq<Variables>)
            requires GroupWF(grp_c, grp_v)
          {
            forall i | 0 <= i < |grp_c| :: Init(grp_c[i], grp_v[i])
          }

          ghost predicate Init(c: Constants, v: Variables) {
            v.served == 0
          }

          datatype Step = ServeStep() | StutterStep()

          ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
            match step
              case ServeStep => NextServeStep(c, v, v', msgOps)
              case StutterStep => v' == v && msgOps.recv == msgOps.send == None
          }

          ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
            exists step :: NextStep(c, v, v', step, msgOps)
          }

          ghost predicate NextServeStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
            && msgOps.recv.Some?
            && msgOps.send.Some?
            && ReceiveAskSendAnswer(c, v, v', msgOps.recv.value, msgOps.send.value)
          }

          ghost predicate ReceiveAskSendAnswer(
            c: Constants, v: Variables, v': Variables, inMsg: Message, outMsg: Message)
          {
            && inMsg.Ask?
            && outMsg == Answer(inMsg.client, inMsg.question)
            && v' == v.(served := v.served + 1)
          }
        }


        """;

    private const string Client = """
        module ClientHost {
          import opened UtilitiesLibrary
          import opened MonotonicityLibrary
          import opened Types

          datatype Constants = Constants(id: ClientId)

          datatype Variables = Variables(asked: MonotonicSet<nat>, answered: set<nat>) {
            ghost predicate WF(c: Constants) {
              true
            }
          }

          ghost predicate GroupWFConstants(grp_c: seq<Constants>) {
            && 0 < |grp_c|
            && (forall i: nat | i < |grp_c| :: grp_c[i].id == i)
          }

          ghost predicate GroupWF(grp_c: seq<Constants>, grp_v: seq<Variables>) {
            && |grp_v| == |grp_c|
            && (forall i | 0 <= i < |grp_c| :: grp_v[i].WF(grp_c[i]))
          }

          ghost predicate GroupInit(grp_c: seq<Constants>, grp_v: seq<Variables>)
            requires GroupWF(grp_c, grp_v)
          {
            forall i | 0 <= i < |grp_c| :: Init(grp_c[i], grp_v[i])
          }

          ghost predicate Init(c: Constants, v: Variables) {
            && v.asked == MonotonicSet({})
            && v.answered == {}
          }

          datatype Step = AskStep() | LearnStep() | StutterStep()

          ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
            match step
              case AskStep => NextAskStep(c, v, v', msgOps)
              case LearnStep => NextLearnStep(c, v, v', msgOps)
              case StutterStep => v' == v && msgOps.recv == msgOps.send == None
          }

          ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
            exists step :: NextStep(c, v, v', step, msgOps)
          }

          ghost predicate NextAskStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
            && msgOps.recv.None?
            && msgOps.send.Some?
            && SendAsk(c, v, v', msgOps.send.value)
          }

          ghost predicate SendAsk(c: Constants, v: Variables, v': Variables, outMsg: Message) {
            && outMsg.Ask?
            && outMsg.client == c.id
            && outMsg.question !in v.asked.s
            && v' == v.(asked := MonotonicSet(v.asked.s + {outMsg.question}))
          }

          ghost predicate NextLearnStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
            && msgOps.recv.Some?
            && msgOps.send.None?
            && ReceiveAnswer(c, v, v', msgOps.recv.value)
          }

          ghost predicate ReceiveAnswer(c: Constants, v: Variables, v': Variables, inMsg: Message) {
            && inMsg.Answer?
            && inMsg.client == c.id
            && v' == v.(answered := v.answered + {inMsg.question})
          }
        }

        """;

    private const string Spec = """
        include "distributedSystem.dfy"

        module Obligations {
          import opened UtilitiesLibrary
          import opened MonotonicityLibrary
          import opened Types
          import opened DistributedSystem

          // Nobody takes an answer to a question it has not asked.
          ghost predicate Safety(c: Constants, v: Variables)
            requires v.WF(c)
          {
            forall i: nat, q: nat
              | i < |c.client| && q in v.Last().client[i].answered
              :: q in v.Last().client[i].asked.s
          }

          // A state that exploration must reach, so that nothing holds for want of anything happening.
          ghost predicate GoalAnswered(c: Constants, v: Variables)
            requires v.WF(c)
          {
            exists i: nat :: i < |c.client| && v.Last().client[i].answered != {}
          }
        }

        """;
}
