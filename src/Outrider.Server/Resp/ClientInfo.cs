using Outrider.Server.Access;

namespace Outrider.Server.Resp;

/// <summary>What is known of one connection; changed by its own commands only.</summary>
public sealed class ClientInfo(long id, string address, long sinceMs)
{
    public long Id => id;
    public string Address => address;
    public long SinceMs => sinceMs;
    public string Name { get; set; } = "";
    public string Library { get; set; } = "";
    public string LibraryVersion { get; set; } = "";
    public int Protocol { get; set; } = 2;
    public User? User { get; set; }
    public string LastCommand { get; set; } = "";
    public long Commands { get; set; }
}
