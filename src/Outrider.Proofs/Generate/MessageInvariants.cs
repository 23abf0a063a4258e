using System.Text;
using Outrider.Proofs.Ir;

namespace Outrider.Proofs.Generate;

/// <summary>
/// Network provenance (a message in the network was sent by its one sending transition at some point of the history),
/// and the conjunction of all message invariants with its induction.
/// </summary>
internal sealed class MessageInvariants(Vocabulary words)
{
    private readonly ProtocolModel model = words.Model;

    private IEnumerable<(MessageVariant Variant, Transition Sender, HostKind Host)> Sent =>
        model.Messages.Variants.Where(v => v.Sender != null)
            .Select(v => (v, v.Sender!, model.Host(v.Sender!.Host)!));

    public string Write(string include)
    {
        var text = new StringBuilder();
        text.Append($$"""
            include "{{include}}"
            {{(model.Hints.Count > 0 ? $"include \"{HintsBeside(include)}\"\n" : "")}}
            module MessageInvariants {
            {{words.Imports()}}{{(model.Hints.Count > 0 ? "\n  import opened " + HintReader.Module : "")}}

              ghost predicate {:opaque} ExistingMessage(v: Variables, msg: {{words.Message}}) {
                msg in v.network.sentMsgs
              }

              // Every message names a sender that exists.
              ghost predicate ValidMessages(c: Constants, v: Variables)
                requires v.WF(c)
              {
                forall msg | msg in v.network.sentMsgs ::
            {{ValidSources("      ")}}
              }

            """);
        foreach (var (variant, sender, host) in Sent)
        {
            Provenance(text, variant, sender, host);
        }

        var hosts = new HostProvenance(words);
        foreach (var host in model.Hosts)
        {
            hosts.Coarse(text, host);
        }

        Conjunction(text);
        foreach (var host in model.Hosts)
        {
            hosts.Fine(text, host);
        }

        hosts.Hints(text);
        text.Append("}\n");
        return text.ToString();
    }

    private static string HintsBeside(string spec) =>
        spec[..(spec.LastIndexOf('/') + 1)] + ProtocolDirectory.HintsFile;

    private string ValidSources(string indent) => !Sent.Any()
        ? indent + "true"
        : string.Join("\n", Sent.Select(
            s => $"{indent}&& (msg.{s.Variant.Name}? ==> 0 <= msg.Src() < |c.{s.Host.ConstantsField}|)"));

    private void Provenance(StringBuilder text, MessageVariant variant, Transition sender, HostKind host)
    {
        var name = variant.Name;
        var sent = new SentBy(words, variant, sender, host);
        var lemma = $"Send{name}Skolemization";
        text.Append($$"""

              // Every {{name}} was sent by {{sender.Name}} of the host it names.
              ghost predicate Send{{name}}Validity(c: Constants, v: Variables)
                requires v.WF(c)
                requires ValidMessages(c, v)
              {
                forall msg | msg in v.network.sentMsgs && msg.{{name}}? :: Send{{name}}ValidityBody(c, v, msg)
              }

              ghost predicate Send{{name}}ValidityBody(c: Constants, v: Variables, msg: {{words.Message}})
                requires v.WF(c)
                requires {{Vocabulary.InRange(host, "msg.Src()")}}
              {
                exists {{sent.Bound}} ::
            {{sent.Causes("v", "      ")}}
              }
            {{sent.Definition()}}
              lemma {{lemma}}(c: Constants, v: Variables, msg: {{words.Message}}) returns ({{sent.Outs}})
                requires v.WF(c)
                requires ValidMessages(c, v)
                requires Send{{name}}Validity(c, v)
                requires msg in v.network.sentMsgs
                requires msg.{{name}}?
            {{string.Join("\n", sent.Facts("v").Select(f => "    ensures " + f))}}
              {
                assert Send{{name}}ValidityBody(c, v, msg);
                {{sent.Names}} :|
            {{sent.Causes("v", "      ")}};
              }

              lemma InvNextSend{{name}}Validity(c: Constants, v: Variables, v': Variables)
                requires v.WF(c) && v'.WF(c)
                requires ValidMessages(c, v) && ValidMessages(c, v')
                requires Send{{name}}Validity(c, v)
                requires Next(c, v, v')
                ensures Send{{name}}Validity(c, v')
              {
                VariableNextProperties(c, v, v');
                forall msg | msg in v'.network.sentMsgs && msg.{{name}}?
                  ensures Send{{name}}ValidityBody(c, v', msg)
                {
                  if msg in v.network.sentMsgs {
                    var {{sent.Names}} := {{lemma}}(c, v, msg);
                    assert v'.ValidHistoryIdxStrict(i);
                    assert {{sent.Cause("v'")}};
                  } else {
                    var dsStep :| {{words.SystemStep("dsStep")}};
                    var i := |v.history| - 1;
                    assert v'.ValidHistoryIdxStrict(i);
            {{sent.Choice("v'", "        ")}}        assert {{sent.Cause("v'")}};
                  }
                }
              }

            """);
    }

    private void Conjunction(StringBuilder text)
    {
        var sent = Sent.ToList();
        var predicates = sent.Select(s => $"Send{s.Variant.Name}Validity")
            .Concat(model.Hosts.Select(h => $"{h.Module}ReceiveValidity")).ToList();
        text.Append($$"""

              ghost predicate MessageInv(c: Constants, v: Variables)
              {
                && v.WF(c)
                && ValidVariables(c, v)
                && ValidMessages(c, v)
            {{string.Join("\n", predicates.Select(p => $"    && {p}(c, v)"))}}
              }

              lemma InitImpliesMessageInv(c: Constants, v: Variables)
                requires Init(c, v)
                ensures MessageInv(c, v)
              {
                InitImpliesValidVariables(c, v);
            {{string.Join("\n", model.Hosts.Select(h => $"    reveal_{h.Module}ReceiveValidity();"))}}
              }

              lemma InvNextValidMessages(c: Constants, v: Variables, v': Variables)
                requires v.WF(c) && v'.WF(c)
                requires ValidMessages(c, v)
                requires Next(c, v, v')
                ensures ValidMessages(c, v')
              {
                VariableNextProperties(c, v, v');
                forall msg | msg in v'.network.sentMsgs && msg !in v.network.sentMsgs
                  ensures
            {{ValidSources("        ")}}
                {
                  var dsStep :| {{words.SystemStep("dsStep")}};
                }
              }

              lemma MessageInvInductive(c: Constants, v: Variables, v': Variables)
                requires MessageInv(c, v)
                requires Next(c, v, v')
                ensures MessageInv(c, v')
              {
                InvNextValidVariables(c, v, v');
                InvNextValidMessages(c, v, v');
            {{string.Join("\n", predicates.Select(p => $"    InvNext{p}(c, v, v');"))}}
              }

            """);
    }
}
