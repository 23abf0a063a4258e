using System.Collections;
using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;

namespace Outrider.Tests.Fuzz;

/// <summary>
/// Walks a decoded value for enumerations without a meaning: a switch further in would meet them as a broken
/// invariant, and a node would end by a peer's bytes.
/// </summary>
internal static class Values
{
    private static readonly ConcurrentDictionary<Type, Func<object, object?>[]> Properties = new();
    private static readonly ConcurrentDictionary<Type, HashSet<object>> Defined = new();

    public static void AssertDefined(object? value)
    {
        if (value is null or string or byte[]) return;
        var type = value.GetType();
        if (type.IsEnum)
        {
            if (type.IsDefined(typeof(FlagsAttribute))) return;
            var known = Defined.GetOrAdd(type, t => [.. Enum.GetValues(t).Cast<object>()]);
            Assert.True(known.Contains(value), $"{type.Name} {(object)Convert.ToInt64(value)} has no meaning");
            return;
        }

        if (value is IEnumerable items)
        {
            foreach (var item in items) AssertDefined(item);
            return;
        }

        if (type.Namespace?.StartsWith("Outrider", StringComparison.Ordinal) != true) return;
        foreach (var read in Properties.GetOrAdd(type, Readers)) AssertDefined(read(value));
    }

    private static Func<object, object?>[] Readers(Type type)
    {
        var readers = new List<Func<object, object?>>();
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetIndexParameters().Length > 0 || !Matters(property.PropertyType)) continue;
            var owner = Expression.Parameter(typeof(object));
            var value = Expression.Property(Expression.Convert(owner, type), property);
            var read = Expression.Lambda<Func<object, object?>>(Expression.Convert(value, typeof(object)), owner);
            readers.Add(read.Compile());
        }

        return [.. readers];
    }

    /// <summary>Whether an enumeration can stand in it.</summary>
    private static bool Matters(Type type)
    {
        if (type.IsEnum) return true;
        if (type.IsPrimitive || type == typeof(string) || type == typeof(ReadOnlyMemory<byte>)) return false;
        if (type.Namespace?.StartsWith("Outrider", StringComparison.Ordinal) == true)
        {
            var properties = type.GetProperties().Where(property => property.PropertyType != type);
            return !type.IsValueType || properties.Any(property => Matters(property.PropertyType));
        }

        return typeof(IEnumerable).IsAssignableFrom(type)
            && (!type.IsGenericType || type.GetGenericArguments().Any(Matters));
    }
}
