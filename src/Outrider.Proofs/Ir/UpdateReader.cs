using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Ir;

/// <summary>Which fields a predicate writes, read off its equations for the new state.</summary>
internal sealed class UpdateReader(ProgramText program, string module, List<Diagnostic> diagnostics)
{
    private readonly List<Field> writes = [];
    private readonly List<string> kept = [];
    private bool constrained;
    private bool byField;

    /// <summary>The fields in the order of naming; null when the body says nothing of the new state.</summary>
    public List<Field>? Read(Expr body, Scope scope)
    {
        Walk(body, scope);
        if (!constrained && byField)
        {
            AddAllBut(kept);
        }

        return constrained || byField ? writes : null;
    }

    private void Walk(Expr e, Scope scope)
    {
        if (e is BinaryExpr { Op: BinaryOp.EqCommon } equal)
        {
            if (scope.RoleOf(equal.Left) == Role.After)
            {
                Assign(equal.Right, scope);
                return;
            }

            if (scope.RoleOf(equal.Right) == Role.After)
            {
                Assign(equal.Left, scope);
                return;
            }
        }

        if (e is BinaryExpr { Op: BinaryOp.EqCommon or BinaryOp.SetEq or BinaryOp.SeqEq or BinaryOp.MapEq } field)
        {
            FieldEquation(field, scope);
        }

        foreach (var (child, inner) in Children.Of(e, scope))
        {
            Walk(child, inner);
        }
    }

    private void Assign(Expr value, Scope scope)
    {
        constrained = true;
        switch (value)
        {
            case VarExpr or ThisExpr when scope.RoleOf(value) == Role.Before:
                break;
            case UpdateExpr update when RootIsBefore(update.Root, scope):
                ReadUpdate(update, scope, [], VariablesType());
                break;
            case IteExpr ite:
                Assign(ite.Then, scope);
                Assign(ite.Else, scope);
                break;
            case LetExpr let:
                Assign(let.Body, scope.Bind(let));
                break;
            case MatchExpr match:
                foreach (var branch in match.Cases)
                {
                    Assign(branch.Body, scope.Hide(Children.Names(branch.Pattern)));
                }

                break;
            case CtorExpr ctor:
                ReadWhole(ctor, scope);
                break;
            case CallExpr call when program.Member(call.Owner, call.Name) is { Body: { } body } callee:
                Assign(body, scope.Enter(callee, call));
                break;
            default:
                diagnostics.Add(new Diagnostic(
                    Severity.Warning, new Place(scope.File, value.Line, value.Column),
                    "the new state is not written as an update of the old one (v' == v.(field := value)): "
                    + "every field counts as written here"));
                AddAllBut([]);
                break;
        }
    }

    /// <summary>An update may stand on another update; both count.</summary>
    private bool RootIsBefore(Expr root, Scope scope) =>
        scope.RoleOf(root) == Role.Before || (root is UpdateExpr inner && RootIsBefore(inner.Root, scope));

    private void ReadUpdate(UpdateExpr update, Scope scope, List<string> prefix, TypeRef type)
    {
        if (update.Root is UpdateExpr below)
        {
            ReadUpdate(below, scope, prefix, type);
        }

        foreach (var field in update.Fields)
        {
            List<string> path = [.. prefix, field.Name];
            if (FieldType(type, field.Name) is not { } declared)
            {
                continue;
            }

            if (field.Value is UpdateExpr nested && IsPath(nested.Root, path, scope))
            {
                ReadUpdate(nested, scope, path, declared);
            }
            else
            {
                Add(path, program.Expand(declared).Name == "nat" && field.Value.Type.Name == "int"
                    ? field.Value.Type : declared);
            }
        }
    }

    private void ReadWhole(CtorExpr ctor, Scope scope)
    {
        var formals = program.Type(ctor.Owner)?.Constructors.FirstOrDefault(c => c.Name == ctor.Name)?.Formals ?? [];
        for (var i = 0; i < formals.Count && i < ctor.Args.Count; i++)
        {
            if (!IsPath(ctor.Args[i], [formals[i].Name], scope))
            {
                Add([formals[i].Name], formals[i].Type);
            }
        }

        // Which constructor the old state had is not looked into: any of the tests may have changed.
        foreach (var test in FieldTypes.OfState(program, VariablesType()).Select(p => p.Part)
            .Where(p => p.Name.EndsWith('?')))
        {
            Add([test.Name], test.Type);
        }
    }

    /// <summary><c>v'.f == v.f</c> keeps a field, <c>v'.f == e</c> writes it.</summary>
    private void FieldEquation(BinaryExpr equal, Scope scope)
    {
        foreach (var (left, right) in new[] { (equal.Left, equal.Right), (equal.Right, equal.Left) })
        {
            if (left is FieldExpr field && scope.RoleOf(field.Operand) == Role.After)
            {
                byField = true;
                if (IsPath(right, [field.Name], scope))
                {
                    kept.Add(field.Name);
                }
            }
        }
    }

    private static bool IsPath(Expr e, List<string> path, Scope scope)
    {
        for (var i = path.Count - 1; i >= 0; i--)
        {
            if (e is not FieldExpr f || f.Name != path[i])
            {
                return false;
            }

            e = f.Operand;
        }

        return scope.RoleOf(e) == Role.Before;
    }

    private void AddAllBut(IReadOnlyList<string> names)
    {
        foreach (var formal in FieldTypes.OfState(program, VariablesType()).Select(p => p.Part)
            .Where(f => !names.Contains(f.Name)))
        {
            Add([formal.Name], formal.Type);
        }
    }

    /// <summary>Plain monotonic wrappers are taken apart: what changes is their content.</summary>
    private void Add(List<string> path, TypeRef type)
    {
        var expanded = program.Expand(type);
        if (expanded.ShortName.StartsWith("Monotonic", StringComparison.Ordinal) && expanded.Args.Count == 0
            && Formals(expanded) is { Count: > 0 } parts)
        {
            foreach (var part in parts)
            {
                AddOne([.. path, part.Name], part.Type);
            }
        }
        else
        {
            AddOne(path, type);
        }
    }

    private void AddOne(List<string> path, TypeRef type)
    {
        if (!writes.Exists(w => w.Path.SequenceEqual(path)))
        {
            var home = FieldTypes.OfState(program, VariablesType()).FirstOrDefault(p => p.Part.Name == path[0]).In;
            writes.Add(new Field(path, type, FieldTypes.IsMonotonic(program, type)) { In = home ?? [] });
        }
    }

    private TypeRef VariablesType() => new(module + ".Variables", []);

    private TypeRef? FieldType(TypeRef type, string name) => FieldTypes.Of(program, type, name);

    private IReadOnlyList<FormalText> Formals(TypeRef type) => FieldTypes.Parts(program, type);
}
