namespace Outrider.Server.Access;

/// <summary>What a user may do; a command names the one it needs.</summary>
[Flags]
public enum Role : byte
{
    /// <summary>Nothing is needed: greeting, authenticating, leaving.</summary>
    None = 0,
    /// <summary>Reads records and the state of the cluster.</summary>
    Read = 1,
    /// <summary>Appends and trims.</summary>
    Write = 2,
    /// <summary>Changes the cluster, sees other clients.</summary>
    Admin = 4,
    All = Read | Write | Admin,
}
