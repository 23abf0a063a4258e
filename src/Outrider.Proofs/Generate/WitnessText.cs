using Outrider.Proofs.Ir;

namespace Outrider.Proofs.Generate;

/// <summary>The formals and the conditions of a witness, one argument for each level of each field.</summary>
internal sealed class WitnessText
{
    private readonly List<(string Name, string Type)> formals = [];
    private readonly List<Func<string, string>> conditions = [];

    private WitnessText()
    {
    }

    public IReadOnlyList<(string Name, string Type)> Formals => formals;

    public string FormalList => string.Concat(formals.Select(f => $", {f.Name}: {f.Type}"));

    public IEnumerable<string> Conditions(string state) => conditions.Select(c => c(state));

    public static WitnessText Of(Vocabulary words, IEnumerable<Field> fields)
    {
        var text = new WitnessText();
        foreach (var field in fields)
        {
            if (field.In.Count > 0 && text.conditions.Count == 0)
            {
                text.conditions.Add(s => field.PresentIn(s)!);
            }

            text.Add(words, Witness.Of(words.Model.Program, field.Type), s => $"{s}.{field.Name}");
        }

        return text;
    }

    private void Add(Vocabulary words, Witness witness, Func<string, string> term)
    {
        switch (witness)
        {
            case ValueWitness value:
                var a = Formal(words.Type(value.Type));
                conditions.Add(s => $"{a} == {term(s)}");
                break;
            case ElementWitness element:
                var e = Formal(words.Type(element.Type));
                conditions.Add(s => $"{e} in {term(s)}");
                break;
            case KeyWitness key:
                var k = Formal(words.Type(key.Key));
                conditions.Add(s => $"{k} in {term(s)}");
                Add(words, key.Value, s => $"{term(s)}[{k}]");
                break;
            case IndexWitness index:
                var i = Formal("int");
                conditions.Add(s => $"0 <= {i} < |{term(s)}|");
                Add(words, index.Entry, s => $"{term(s)}[{i}]");
                break;
            case InnerWitness inner:
                Add(words, inner.Rest, s => $"{term(s)}.{inner.Name}");
                break;
        }
    }

    private string Formal(string type)
    {
        var name = $"a{formals.Count + 1}";
        formals.Add((name, type));
        return name;
    }
}
