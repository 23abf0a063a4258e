using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Microsoft.Dafny;

namespace Outrider.Proofs.Dafny;

/// <summary>
/// Writes an expression in the neutral form. Sugar is written resolved, except datatype updates: the footprint analysis
/// needs to see which fields a transition names, and the resolved form of an update no longer says so.
/// </summary>
internal sealed partial class ExpressionWriter(Utf8JsonWriter json)
{
    public void Write(Expression expression)
    {
        switch (expression)
        {
            case DatatypeUpdateExpr update:
                WriteUpdate(update);
                return;
            case ParensExpression parens:
                Write(parens.E);
                return;
            case StmtExpr statement:
                // The statement is a lemma call or a reveal: it proves, it does not compute.
                Write(statement.E);
                return;
            case ConcreteSyntaxExpression sugar when sugar.ResolvedExpression != null:
                Write(sugar.ResolvedExpression);
                return;
        }

        if (!WriteLeaf(expression) && !WriteOperator(expression) && !WriteCollection(expression))
        {
            WriteBinder(expression);
        }
    }

    private void Begin(string kind, Expression expression)
    {
        json.WriteStartObject();
        json.WriteString("k", kind);
        json.WriteString("t", Names.Of(expression.UnnormalizedType, true));
        json.WriteNumber("l", expression.Origin.line);
        json.WriteNumber("c", expression.Origin.col);
    }

    private void Child(string name, Expression? expression)
    {
        if (expression != null)
        {
            json.WritePropertyName(name);
            Write(expression);
        }
    }

    private void Children(string name, IEnumerable<Expression> expressions)
    {
        json.WriteStartArray(name);
        foreach (var e in expressions)
        {
            Write(e);
        }

        json.WriteEndArray();
    }

    private void WriteUpdate(DatatypeUpdateExpr update)
    {
        Begin("update", update);
        Child("root", update.Root);
        json.WriteStartArray("fields");
        foreach (var (_, name, value) in update.Updates)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            Child("value", value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private bool WriteLeaf(Expression expression)
    {
        switch (expression)
        {
            case StaticReceiverExpr:
                Begin("static", expression);
                break;
            case LiteralExpr { Value: bool b }:
                Begin("bool", expression);
                json.WriteBoolean("v", b);
                break;
            case LiteralExpr { Value: BigInteger i }:
                Begin("int", expression);
                json.WriteString("v", i.ToString(CultureInfo.InvariantCulture));
                break;
            case LiteralExpr { Value: string s }:
                Begin(expression is CharLiteralExpr ? "char" : "string", expression);
                json.WriteString("v", s);
                break;
            case ThisExpr:
                Begin("this", expression);
                break;
            case IdentifierExpr id:
                Begin("var", expression);
                json.WriteString("name", id.Name);
                break;
            default:
                return false;
        }

        json.WriteEndObject();
        return true;
    }

    private bool WriteOperator(Expression expression)
    {
        switch (expression)
        {
            case BinaryExpr binary:
                Begin("binary", expression);
                json.WriteString("op", binary.ResolvedOp.ToString());
                Child("left", binary.E0);
                Child("right", binary.E1);
                break;
            case UnaryOpExpr unary:
                Begin("unary", expression);
                json.WriteString("op", unary.ResolvedOp.ToString());
                Child("e", unary.E);
                break;
            case TypeTestExpr test:
                Begin("typeTest", expression);
                json.WriteString("type", Names.Of(test.ToType, false));
                Child("e", test.E);
                break;
            case ConversionExpr conversion:
                Begin("convert", expression);
                json.WriteString("type", Names.Of(conversion.ToType, false));
                Child("e", conversion.E);
                break;
            case ITEExpr ite:
                Begin("ite", expression);
                Child("if", ite.Test);
                Child("then", ite.Thn);
                Child("else", ite.Els);
                break;
            case MemberSelectExpr select:
                WriteMember(select);
                return true;
            case FunctionCallExpr call:
                Begin("call", expression);
                json.WriteString("owner", Names.OwnerOf(call.Function));
                json.WriteString("name", call.Function.Name);
                if (call.Receiver is not StaticReceiverExpr)
                {
                    Child("receiver", call.Receiver);
                }

                Children("args", call.Args);
                break;
            case ApplyExpr apply:
                Begin("apply", expression);
                Child("function", apply.Function);
                Children("args", apply.Args);
                break;
            case DatatypeValue value:
                Begin("ctor", expression);
                json.WriteString("owner", Names.Of(value.Ctor!.EnclosingDatatype!));
                json.WriteString("name", value.Ctor.Name);
                Children("args", value.Arguments);
                break;
            default:
                return false;
        }

        json.WriteEndObject();
        return true;
    }

    private void WriteMember(MemberSelectExpr select)
    {
        switch (select.Member)
        {
            case DatatypeDiscriminator discriminator:
                Begin("is", select);
                json.WriteString("owner", Names.OwnerOf(discriminator));
                json.WriteString("name", discriminator.Name.TrimEnd('?'));
                break;
            case ConstantField constant:
                Begin("const", select);
                json.WriteString("owner", Names.OwnerOf(constant));
                json.WriteString("name", constant.Name);
                break;
            case Function function:
                Begin("functionValue", select);
                json.WriteString("owner", Names.OwnerOf(function));
                json.WriteString("name", function.Name);
                break;
            default:
                Begin("field", select);
                json.WriteString("owner", Names.OwnerOf(select.Member));
                json.WriteString("name", select.MemberName);
                break;
        }

        if (select.Obj is not StaticReceiverExpr)
        {
            Child("e", select.Obj);
        }

        json.WriteEndObject();
    }

    private bool WriteCollection(Expression expression)
    {
        switch (expression)
        {
            case SeqSelectExpr { SelectOne: true } index:
                Begin("index", expression);
                Child("e", index.Seq);
                Child("index", index.E0);
                break;
            case SeqSelectExpr slice:
                Begin("slice", expression);
                Child("e", slice.Seq);
                Child("from", slice.E0);
                Child("to", slice.E1);
                break;
            case SeqUpdateExpr update:
                Begin("replace", expression);
                Child("e", update.Seq);
                Child("index", update.Index);
                Child("value", update.Value);
                break;
            case MapDisplayExpr map:
                Begin("mapDisplay", expression);
                Children("keys", map.Elements.Select(e => e.A));
                Children("values", map.Elements.Select(e => e.B));
                break;
            case DisplayExpression display:
                Begin("display", expression);
                Children("elements", display.Elements);
                break;
            case MultiSetFormingExpr multiset:
                Begin("multisetOf", expression);
                Child("e", multiset.E);
                break;
            case SeqConstructionExpr construction:
                Begin("seqOf", expression);
                Child("length", construction.N);
                Child("function", construction.Initializer);
                break;
            default:
                return false;
        }

        json.WriteEndObject();
        return true;
    }
}
