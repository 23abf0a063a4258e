using Outrider.Proofs.Ir;

namespace Outrider.Proofs.Generate;

/// <summary>
/// The proof around the one open lemma: the regular invariants and safety are inductive, provided that the regular
/// invariants imply safety.
/// </summary>
internal sealed class ProofSkeleton(Vocabulary words)
{
    private readonly ProtocolModel model = words.Model;

    public const string OpenLemma = "RegularInvsImplySafety";

    public const string Module = "SafetyProof";

    private bool Owns => model.HasOwnership;

    /// <summary>The parts are whole declarations; <paramref name="body"/> is the body of the open lemma.</summary>
    public string Write(string include, string body, IEnumerable<string> parts) => $$"""
        include "{{include}}"
        include "messageInvariantsAutogen.dfy"
        include "monotonicityInvariantsAutogen.dfy"
        {{(Owns ? "include \"ownershipInvariantsAutogen.dfy\"\n" : "")}}
        module {{Module}} {
        {{words.Imports()}}
          import opened MessageInvariants
          import opened MonotonicityInvariants
        {{(Owns ? "  import opened OwnershipInvariants\n" : "")}}  import opened Obligations

          ghost predicate RegularInvs(c: Constants, v: Variables)
          {
            && MessageInv(c, v)
            && MonotonicityInv(c, v)
        {{(Owns ? "    && OwnershipInv(c, v)\n" : "")}}    && ValidVariables(c, v)
          }

          ghost predicate Inv(c: Constants, v: Variables)
          {
            && RegularInvs(c, v)
            && Safety(c, v)
          }

          lemma InvImpliesSafety(c: Constants, v: Variables)
            requires Inv(c, v)
            ensures v.WF(c) && Safety(c, v)
          {}

          lemma InitImpliesInv(c: Constants, v: Variables)
            requires Init(c, v)
            ensures Inv(c, v)
          {
            InitImpliesValidVariables(c, v);
            InitImpliesMessageInv(c, v);
            InitImpliesMonotonicityInv(c, v);
        {{(Owns ? "    InitImpliesOwnershipInv(c, v);\n" : "")}}    {{OpenLemma}}(c, v);
          }

          lemma InvInductive(c: Constants, v: Variables, v': Variables)
            requires Inv(c, v)
            requires Next(c, v, v')
            ensures Inv(c, v')
          {
            InvNextValidVariables(c, v, v');
            MessageInvInductive(c, v, v');
            MonotonicityInvInductive(c, v, v');
        {{(Owns ? "    OwnershipInvInductive(c, v, v');\n" : "")}}    {{OpenLemma}}(c, v');
          }

          lemma {{OpenLemma}}(c: Constants, v: Variables)
            requires RegularInvs(c, v)
            ensures Safety(c, v)
          {
        {{body}}  }
        {{string.Concat(parts.Select(p => "\n" + p))}}}

        """;
}
