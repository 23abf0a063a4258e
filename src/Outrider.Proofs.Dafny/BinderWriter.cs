using Microsoft.Dafny;

namespace Outrider.Proofs.Dafny;

/// <summary>The expressions that bind variables: let, match, comprehensions, quantifiers and lambdas.</summary>
internal sealed partial class ExpressionWriter
{
    private void WriteBinder(Expression expression)
    {
        switch (expression)
        {
            case LetExpr let:
                WriteLet(let);
                break;
            case NestedMatchExpr match:
                Begin("match", match);
                Child("e", match.Source);
                json.WriteStartArray("cases");
                foreach (var c in match.Cases)
                {
                    json.WriteStartObject();
                    json.WritePropertyName("pattern");
                    WritePattern(c.Pat);
                    Child("body", c.Body);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
                break;
            case ComprehensionExpr comprehension:
                WriteComprehension(comprehension);
                break;
            default:
                Begin("unsupported", expression);
                json.WriteString("what", expression.GetType().Name);
                json.WriteEndObject();
                break;
        }
    }

    private void WriteLet(LetExpr let)
    {
        Begin("let", let);
        json.WriteBoolean("exact", let.Exact);
        json.WriteStartArray("patterns");
        foreach (var pattern in let.LHSs)
        {
            WritePattern(pattern);
        }

        json.WriteEndArray();
        Children("values", let.RHSs);
        if (!let.Exact)
        {
            WriteBounds(let.Constraint_Bounds);
        }

        Child("body", let.Body);
        json.WriteEndObject();
    }

    private void WriteComprehension(ComprehensionExpr comprehension)
    {
        Begin(
            comprehension switch
            {
                ForallExpr => "forall",
                ExistsExpr => "exists",
                SetComprehension => "setOf",
                MapComprehension => "mapOf",
                LambdaExpr => "lambda",
                _ => "unsupported",
            },
            comprehension);
        json.WriteStartArray("vars");
        foreach (var v in comprehension.BoundVars)
        {
            json.WriteStartObject();
            json.WriteString("name", v.Name);
            json.WriteString("type", Names.Of(v.UnnormalizedType, false));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        Child("range", comprehension.Range);
        if (comprehension is MapComprehension { TermLeft: not null } map)
        {
            Child("key", map.TermLeft);
        }

        Child("body", comprehension.Term);
        WriteBounds(comprehension.Bounds!);
        json.WriteEndObject();
    }

    private void WriteBounds(IEnumerable<BoundedPool?>? bounds)
    {
        json.WriteStartArray("bounds");
        foreach (var bound in bounds ?? [])
        {
            json.WriteStartObject();
            switch (bound)
            {
                case IntBoundedPool i:
                    json.WriteString("kind", "int");
                    Child("low", i.LowerBound);
                    Child("high", i.UpperBound);
                    break;
                case ExactBoundedPool exact:
                    json.WriteString("kind", "exact");
                    Child("e", exact.E);
                    break;
                case SetBoundedPool set:
                    json.WriteString("kind", "set");
                    Child("e", set.Set);
                    break;
                case MapBoundedPool map:
                    json.WriteString("kind", "map");
                    Child("e", map.Map);
                    break;
                case SeqBoundedPool seq:
                    json.WriteString("kind", "seq");
                    Child("e", seq.Seq);
                    break;
                case SubSetBoundedPool subset:
                    json.WriteString("kind", "subset");
                    Child("e", subset.UpperBound);
                    break;
                case DatatypeBoundedPool:
                    json.WriteString("kind", "datatype");
                    break;
                case BoolBoundedPool:
                    json.WriteString("kind", "bool");
                    break;
                default:
                    json.WriteString("kind", "none");
                    break;
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WritePattern(ExtendedPattern pattern)
    {
        json.WriteStartObject();
        switch (pattern)
        {
            case IdPattern { Ctor: not null } ctor:
                json.WriteString("kind", "ctor");
                json.WriteString("owner", Names.Of(ctor.Ctor.EnclosingDatatype!));
                json.WriteString("name", ctor.Ctor.Name);
                json.WriteStartArray("args");
                foreach (var argument in ctor.Arguments ?? [])
                {
                    WritePattern(argument);
                }

                json.WriteEndArray();
                break;
            case IdPattern { ResolvedLit: not null } named:
                json.WriteString("kind", "literal");
                Child("e", named.ResolvedLit);
                break;
            case IdPattern id when id.IsWildcardPattern:
                json.WriteString("kind", "any");
                break;
            case IdPattern id:
                json.WriteString("kind", "var");
                json.WriteString("name", id.Id);
                break;
            case LitPattern literal:
                json.WriteString("kind", "literal");
                Child("e", literal.OptimisticallyDesugaredLit);
                break;
            case DisjunctivePattern either:
                json.WriteString("kind", "either");
                json.WriteStartArray("args");
                foreach (var alternative in either.Alternatives)
                {
                    WritePattern(alternative);
                }

                json.WriteEndArray();
                break;
        }

        json.WriteEndObject();
    }

    private void WritePattern(CasePattern<BoundVar> pattern)
    {
        json.WriteStartObject();
        if (pattern.Var != null)
        {
            json.WriteString("kind", "var");
            json.WriteString("name", pattern.Var.Name);
        }
        else
        {
            json.WriteString("kind", "ctor");
            json.WriteString("owner", Names.Of(pattern.Ctor!.EnclosingDatatype!));
            json.WriteString("name", pattern.Ctor.Name);
            json.WriteStartArray("args");
            foreach (var argument in pattern.Arguments ?? [])
            {
                WritePattern(argument);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
