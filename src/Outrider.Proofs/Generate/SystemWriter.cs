using Outrider.Proofs.Ir;
using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Generate;

/// <summary>
/// Writes the distributed system from its hosts: a network that only grows, a history of snapshots, and steps that are
/// interleaved one host at a time.
/// </summary>
public static class SystemWriter
{
    /// <summary>The file distributedSystem.dfy, which includes the hosts by the given path.</summary>
    /// <exception cref="UsageException">A group predicate takes an argument that nothing fits.</exception>
    public static GeneratedFile Write(ProtocolModel hosts, string include)
    {
        var parts = hosts.Hosts.Select(h => new Part(hosts, h)).ToArray();
        var message = hosts.Messages;
        var libraries = string.Concat(new[] { "UtilitiesLibrary", message.Module }
            .Where(m => hosts.Program.Module(m) != null).Select(m => $"  import opened {m}\n"));
        return new GeneratedFile(ProtocolDirectory.SystemFile, Network(include, libraries, message)
            + Types(libraries, parts) + Steps(parts) + Helpers());
    }

    /// <summary>What the text says of one host kind.</summary>
    private sealed record Part(ProtocolModel Model, HostKind Host)
    {
        public string Field => Host.SystemField;

        public string Module => Host.Module;

        /// <summary><c>CoordinatorHost</c> takes steps <c>CoordinatorStep</c>.</summary>
        public string Step => Stem + "Step";

        private string Stem
        {
            get
            {
                var name = Module[(Module.LastIndexOf('.') + 1)..];
                return name.Length > 4 && name.EndsWith("Host", StringComparison.Ordinal) ? name[..^4] : name;
            }
        }

        /// <summary>The group predicate's further arguments are sizes of other kinds, told apart by name.</summary>
        public string GroupArgs()
        {
            var member = Model.Program.Member(Module, "GroupWFConstants");
            var extra = member?.Formals.Skip(1) ?? [];
            return Field + string.Concat(extra.Select(f => ", |" + SizeOf(f, member!.At) + "|"));
        }

        private string SizeOf(FormalText formal, Place at)
        {
            var others = Model.Hosts.Where(h => h != Host).ToList();
            var named = Model.Hosts.Where(
                h => formal.Name.Contains(h.SystemField, StringComparison.OrdinalIgnoreCase)
                    || h.SystemField.Contains(formal.Name.TrimEnd('s'), StringComparison.OrdinalIgnoreCase)).ToList();
            return Model.Program.Expand(formal.Type).Name is not ("nat" or "int")
                ? throw new UsageException($"{at}: argument '{formal.Name}' of GroupWFConstants is no number of hosts")
                : named.Count == 1 ? named[0].SystemField
                : others.Count == 1 ? others[0].SystemField
                : throw new UsageException(
                    $"{at}: name argument '{formal.Name}' of GroupWFConstants after the host kind it counts");
        }
    }

    private static string Each(
        IEnumerable<Part> parts, string indent, Func<Part, string> text, string between = "\n") =>
        string.Join(between, parts.Select(p => indent + text(p)));

    private static string Network(string include, string libraries, MessageShape message) => $$"""
        include "{{include}}"

        // The network only grows: a message may be delivered late, twice, out of order or never.
        module Network {
        {{libraries}}
          datatype Variables = Variables(sentMsgs: set<{{message.ShortType}}>)

          ghost predicate Init(v: Variables) {
            v.sentMsgs == {}
          }

          ghost predicate Next(v: Variables, v': Variables, msgOps: MessageOps) {
            && (msgOps.recv.Some? ==> msgOps.recv.value in v.sentMsgs)
            && v'.sentMsgs == v.sentMsgs + (if msgOps.send.Some? then {msgOps.send.value} else {})
          }
        }


        """;

    private static string Types(string libraries, Part[] parts) => $$"""
        // Every step appends a snapshot of all hosts to the history.
        module DistributedSystem {
        {{libraries}}  import Network
        {{Each(parts, "  import ", p => p.Module)}}

          datatype Constants = Constants(
        {{Each(parts, "    ", p => $"{p.Field}: seq<{p.Module}.Constants>", ",\n")}}
          ) {
            ghost predicate WF() {
        {{Each(parts, "      && ", p => $"{p.Module}.GroupWFConstants({p.GroupArgs()})")}}
            }
          }

          datatype Hosts = Hosts(
        {{Each(parts, "    ", p => $"{p.Field}: seq<{p.Module}.Variables>", ",\n")}}
          ) {
            ghost predicate WF(c: Constants) {
              && c.WF()
        {{Each(parts, "      && ", p => $"{p.Module}.GroupWF(c.{p.Field}, {p.Field})")}}
            }
          }

          datatype Variables = Variables(
            history: seq<Hosts>,
            network: Network.Variables
          ) {
            ghost predicate ValidHistoryIdx(i: int) {
              0 <= i < |history|
            }

            ghost predicate ValidHistoryIdxStrict(i: int) {
              0 <= i < |history| - 1
            }

            ghost predicate WF(c: Constants) {
              && c.WF()
              && 0 < |history|
              && (forall i | ValidHistoryIdx(i) :: history[i].WF(c))
            }

            ghost function History(i: int): (h: Hosts)
              requires ValidHistoryIdx(i)
            {
              history[i]
            }

            ghost function Last(): (h: Hosts)
              requires 0 < |history|
              ensures h == History(|history| - 1)
            {
              history[|history| - 1]
            }
          }

          ghost predicate InitHosts(c: Constants, h: Hosts)
            requires h.WF(c)
          {
        {{Each(parts, "    && ", p => $"{p.Module}.GroupInit(c.{p.Field}, h.{p.Field})")}}
          }

          ghost predicate Init(c: Constants, v: Variables) {
            && v.WF(c)
            && |v.history| == 1
            && InitHosts(c, v.History(0))
            && Network.Init(v.network)
          }


        """;

    private static string Steps(Part[] parts) => $$"""
          datatype Step =
        {{Each(parts, "    | ", p => $"{p.Step}(actor: nat, msgOps: MessageOps)")}}

        {{string.Concat(parts.Select(p => OneStep(p, parts)))}}  ghost predicate NextStep(
            c: Constants, h: Hosts, h': Hosts, n: Network.Variables, n': Network.Variables, step: Step)
            requires h.WF(c) && h'.WF(c)
          {
            && Network.Next(n, n', step.msgOps)
            && match step
        {{Each(parts, "      case ", p => $"{p.Step}(actor, msgOps) => Next{p.Step}(c, h, h', actor, msgOps)")}}
          }

          ghost predicate Next(c: Constants, v: Variables, v': Variables) {
            && v.WF(c)
            && v'.WF(c)
            && IsSeqExtension(v.history, v'.history)
            && exists step :: NextStep(c, v.Last(), v'.Last(), v.network, v'.network, step)
          }


        """;

    private static string OneStep(Part p, Part[] parts) => $$"""
          ghost predicate Next{{p.Step}}(c: Constants, h: Hosts, h': Hosts, actor: nat, msgOps: MessageOps)
            requires h.WF(c) && h'.WF(c)
          {
            && actor < |c.{{p.Field}}|
            && {{p.Module}}.Next(c.{{p.Field}}[actor], h.{{p.Field}}[actor], h'.{{p.Field}}[actor], msgOps)
            && (forall other: nat | other < |c.{{p.Field}}| && other != actor ::
                  h'.{{p.Field}}[other] == h.{{p.Field}}[other])
        {{string.Concat(parts.Where(o => o != p).Select(o => $"    && h'.{o.Field} == h.{o.Field}\n"))}}  }


        """;

    private static string Helpers() => """
          ghost predicate {:opaque} ValidHistory(c: Constants, v: Variables)
            requires v.WF(c)
          {
            InitHosts(c, v.History(0))
          }

          ghost predicate ValidVariables(c: Constants, v: Variables) {
            && v.WF(c)
            && ValidHistory(c, v)
          }

          lemma InitImpliesValidVariables(c: Constants, v: Variables)
            requires Init(c, v)
            ensures ValidHistory(c, v)
          {
            reveal_ValidHistory();
          }

          lemma InvNextValidVariables(c: Constants, v: Variables, v': Variables)
            requires v.WF(c)
            requires ValidHistory(c, v)
            requires Next(c, v, v')
            ensures ValidHistory(c, v')
          {
            reveal_ValidHistory();
            VariableNextProperties(c, v, v');
          }

          lemma VariableNextProperties(c: Constants, v: Variables, v': Variables)
            requires v.WF(c)
            requires Next(c, v, v')
            ensures 1 < |v'.history|
            ensures |v.history| == |v'.history| - 1
            ensures v.Last() == v.History(|v'.history| - 2) == v'.History(|v'.history| - 2)
            ensures forall i | 0 <= i < |v'.history| - 1 :: v.History(i) == v'.History(i)
          {
          }
        }

        """;
}
