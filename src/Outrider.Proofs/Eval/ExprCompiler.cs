using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Eval;

internal sealed class ExprCompiler(Compiler compiler, Scope scope)
{
    public Node Compile(Expr expr)
    {
        var node = Leaf(expr) ?? Member(expr) ?? Collection(expr) ?? Control(expr)
            ?? throw new NotExecutable($"expression {expr.GetType().Name} at line {expr.Line}"
                + (expr is UnsupportedExpr u ? $" ({u.What})" : ""));
        node.Source = expr;
        return node;
    }

    private Node[] All(IReadOnlyList<Expr> exprs) => [.. exprs.Select(Compile)];

    private Node? Leaf(Expr expr) => expr switch
    {
        BoolExpr b => new ConstantNode(BoolValue.Of(b.Value)),
        IntExpr i => new ConstantNode(IntValue.Of((long)i.Value)),
        TextExpr t => new ConstantNode(new AtomValue(t.Value)),
        VarExpr v => Variable(v.Name),
        ThisExpr => Variable("this"),
        ConvertExpr c => Compile(c.Operand),
        TypeTestExpr t => compiler.Shapes.Of(compiler.Program.Expand(t.Target)) is { IsNat: true }
            ? new ArithmeticNode(BinaryOp.Ge, Compile(t.Operand), new ConstantNode(IntValue.Of(0)))
            : null,
        _ => null,
    };

    private VarNode Variable(string name) => new(
        scope.Find(name) ?? throw new NotExecutable($"variable {name} is not in scope"), name);

    private Node? Member(Expr expr) => expr switch
    {
        FieldExpr f => new FieldNode(Compile(f.Operand), f.Name),
        IsExpr i => new IsNode(Compile(i.Operand), i.Name),
        CtorExpr c => new CtorNode(compiler.Shapes.Ctor(c.Owner, c.Name), All(c.Args)),
        UpdateExpr u => new UpdateNode(
            Compile(u.Root), [.. u.Fields.Select(f => (f.Name, Compile(f.Value)))]),
        CallExpr c => Call(c),
        ConstExpr c => new CallNode(
            compiler.Function(c.Owner, c.Name), c.Operand == null ? null : Compile(c.Operand), []),
        FunctionExpr f => FunctionAsValue(f),
        ApplyExpr a => new ApplyNode(Compile(a.Function), All(a.Args)),
        _ => null,
    };

    private CallNode Call(CallExpr call)
    {
        var function = compiler.Function(call.Owner, call.Name);
        var receiver = call.Receiver == null || !function.HasThis ? null : Compile(call.Receiver);
        return new CallNode(function, receiver, All(call.Args));
    }

    private ConstantNode FunctionAsValue(FunctionExpr f)
    {
        var function = compiler.Function(f.Owner, f.Name);
        var machine = compiler.Machine;
        return new ConstantNode(new FunctionValue(args =>
        {
            var body = function.Body;
            var frame = new Value?[function.FrameSize];
            args.CopyTo(frame, 0);
            return body.Eval(frame, machine);
        }));
    }

    private Node? Collection(Expr expr) => expr switch
    {
        BinaryExpr b => Binary(b),
        UnaryExpr u => Unary(u),
        IndexExpr i => new IndexNode(Compile(i.Operand), Compile(i.Index)),
        SliceExpr s => new SliceNode(
            Compile(s.Operand), s.From == null ? null : Compile(s.From), s.To == null ? null : Compile(s.To)),
        ReplaceExpr r => new ReplaceNode(Compile(r.Operand), Compile(r.Index), Compile(r.Value)),
        DisplayExpr { Type.Name: "seq" } d => new SeqDisplayNode(All(d.Elements)),
        DisplayExpr d => new SetDisplayNode(All(d.Elements), d.Type.Name == "multiset"),
        MapDisplayExpr d => new MapDisplayNode(All(d.Keys), All(d.Values)),
        MultisetOfExpr o => new MultisetOfNode(Compile(o.Operand)),
        SeqOfExpr s => new SeqOfNode(Compile(s.Length), Compile(s.Function)),
        _ => null,
    };

    private Node? Unary(UnaryExpr u) => u.Op switch
    {
        UnaryOp.BoolNot => new NotNode(Compile(u.Operand)),
        UnaryOp.SeqLength or UnaryOp.SetCard or UnaryOp.MapCard or UnaryOp.MultiSetCard =>
            new SizeNode(Compile(u.Operand)),
        UnaryOp.Allocated => new ConstantNode(BoolValue.True),
        UnaryOp.Lit => Compile(u.Operand),
        _ => null,
    };

    private Node? Binary(BinaryExpr b)
    {
        var l = Compile(b.Left);
        var r = Compile(b.Right);
        switch (b.Op)
        {
            case BinaryOp.And:
                return new AndNode(l, r);
            case BinaryOp.Or:
                return new OrNode(l, r);
            case BinaryOp.Imp:
                return new ImpNode(l, r);
            case BinaryOp.Iff or BinaryOp.EqCommon or BinaryOp.SetEq or BinaryOp.SeqEq or BinaryOp.MapEq
                or BinaryOp.MultiSetEq:
                return new EqNode(l, r, false);
            case BinaryOp.NeqCommon or BinaryOp.SetNeq or BinaryOp.SeqNeq or BinaryOp.MapNeq
                or BinaryOp.MultiSetNeq:
                return new EqNode(l, r, true);
            case BinaryOp.InSet or BinaryOp.InSeq or BinaryOp.InMap or BinaryOp.InMultiSet:
                return new InNode(l, r, false);
            case BinaryOp.NotInSet or BinaryOp.NotInSeq or BinaryOp.NotInMap or BinaryOp.NotInMultiSet:
                return new InNode(l, r, true);
            case BinaryOp.Lt or BinaryOp.Le or BinaryOp.Gt or BinaryOp.Ge or BinaryOp.Add or BinaryOp.Sub
                or BinaryOp.Mul or BinaryOp.Div or BinaryOp.Mod:
                return new ArithmeticNode(b.Op, l, r);
            case BinaryOp.LessThanLimit:
                return new ArithmeticNode(BinaryOp.Lt, l, r);
            case BinaryOp.RankLt or BinaryOp.RankGt or BinaryOp.BitwiseAnd or BinaryOp.BitwiseOr
                or BinaryOp.BitwiseXor or BinaryOp.LeftShift or BinaryOp.RightShift or BinaryOp.LtChar
                or BinaryOp.LeChar or BinaryOp.GtChar or BinaryOp.GeChar:
                return null;
            default:
                return new CollectionNode(b.Op, l, r);
        }
    }

    private Node? Control(Expr expr) => expr switch
    {
        IteExpr i => new IteNode(Compile(i.If), Compile(i.Then), Compile(i.Else)),
        MatchExpr m => Match(m),
        LetExpr { Exact: true } l => Let(l),
        LetExpr l => SuchThat(l),
        BinderExpr b => Binder(b),
        _ => null,
    };

    private MatchNode Match(MatchExpr match)
    {
        var operand = Compile(match.Operand);
        var cases = new List<(PatternNode, Node)>();
        foreach (var c in match.Cases)
        {
            var depth = scope.Depth;
            var pattern = Pattern(c.Pattern);
            cases.Add((pattern, Compile(c.Body)));
            scope.Leave(depth);
        }

        return new MatchNode(operand, [.. cases]);
    }

    private LetNode Let(LetExpr let)
    {
        var values = All(let.Values);
        var depth = scope.Depth;
        var patterns = let.Patterns.Select(Pattern).ToArray();
        var body = Compile(let.Body);
        scope.Leave(depth);
        return new LetNode(patterns, values, body);
    }

    private SuchThatNode SuchThat(LetExpr let)
    {
        var depth = scope.Depth;
        var sources = new List<Source>();
        for (var i = 0; i < let.Patterns.Count; i++)
        {
            var name = ((VarPattern)let.Patterns[i]).Name;
            var slot = scope.Declare(name);
            // The type of the variable is not in the text; a bound tells it, and a free variable is taken as a number.
            var bound = i < let.Bounds.Count ? let.Bounds[i] : new NoBound();
            sources.Add(SourceOf(name, slot, compiler.Shapes.Of(TypeRef.Int), bound));
        }

        var constraint = Compile(let.Values[0]);
        var body = Compile(let.Body);
        scope.Leave(depth);
        return new SuchThatNode([.. sources], constraint, body);
    }

    private PatternNode Pattern(Pattern pattern) => pattern switch
    {
        AnyPattern => new AnyPatternNode(),
        VarPattern v => new VarPatternNode(scope.Declare(v.Name)),
        LiteralPattern l => new LiteralPatternNode(Compile(l.Value)),
        CtorPattern c => new CtorPatternNode(
            compiler.Shapes.Ctor(c.Owner, c.Name), [.. c.Args.Select(Pattern)]),
        EitherPattern e => new EitherPatternNode([.. e.Alternatives.Select(Pattern)]),
        _ => throw new NotExecutable("pattern " + pattern.GetType().Name),
    };

    private Node Binder(BinderExpr b)
    {
        var depth = scope.Depth;
        var slots = b.Variables.Select(v => scope.Declare(v.Name)).ToArray();
        if (b.Kind == BinderKind.Lambda)
        {
            var lambda = new LambdaNode(slots, Compile(b.Body), compiler.Machine);
            scope.Leave(depth);
            return lambda;
        }

        var sources = new Source[slots.Length];
        for (var i = 0; i < slots.Length; i++)
        {
            var v = b.Variables[i];
            var bound = i < b.Bounds.Count ? b.Bounds[i] : new NoBound();
            sources[i] = SourceOf(v.Name, slots[i], compiler.Shapes.Of(v.Type), bound);
        }

        var range = b.Range == null ? null : Compile(b.Range);
        var key = b.Key == null ? null : Compile(b.Key);
        var body = Compile(b.Body);
        scope.Leave(depth);
        return b.Kind switch
        {
            BinderKind.Forall => new QuantifierNode(true, sources, range, body),
            BinderKind.Exists => new QuantifierNode(false, sources, range, body),
            BinderKind.SetOf => new SetOfNode(sources, range, body),
            _ => new MapOfNode(sources, range, key, body),
        };
    }

    private Source SourceOf(string name, int slot, Shape shape, Bound bound) => bound switch
    {
        IntBound i => new Source(
            shape, slot, name, SourceKind.Range, i.Low == null ? null : Compile(i.Low),
            i.High == null ? null : Compile(i.High)),
        ElementBound e => new Source(shape, slot, name, SourceKind.Element, Compile(e.Collection), null),
        ExactBound e => new Source(shape, slot, name, SourceKind.Exact, Compile(e.Value), null),
        SubsetBound s => new Source(shape, slot, name, SourceKind.Subset, Compile(s.Whole), null),
        _ => new Source(shape, slot, name, SourceKind.Free, null, null),
    };
}
