using Outrider.Server.Configuration;

namespace Outrider.Tests.Unit.Server;

public sealed class SettingsTests
{
    [Fact]
    public void Flags_override_the_environment_and_that_the_file_and_that_the_default()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "# a comment\nshards = 5\nport = 7000\nhttp = 7001\n");
        try
        {
            var settings = Settings.Load(file,
                [new("OUTRIDER_PORT", "7100"), new("OUTRIDER_HTTP", "7101"), new("HOME", "/")], [new("http", "7201")]);
            Assert.Empty(settings.Problems);
            Assert.Equal(("5", $"file {file}:2"), (settings["shards"].Value, settings["shards"].Origin));
            Assert.Equal(("7100", "environment OUTRIDER_PORT"), (settings["port"].Value, settings["port"].Origin));
            Assert.Equal(("7201", "flag --http"), (settings["http"].Value, settings["http"].Origin));
            Assert.Equal("default", settings["replicas"].Origin);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void An_unknown_name_is_an_error_with_the_nearest_known_one()
    {
        var settings = Settings.Load(null, [], [new("shrads", "3")]);
        Assert.Contains("did you mean 'shards'", Assert.Single(settings.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("port", "65536")]
    [InlineData("shards", "0")]
    [InlineData("interval", "5 parsecs")]
    [InlineData("processes", "perhaps")]
    [InlineData("control", "paxos")]
    public void A_malformed_value_is_an_error(string name, string value) =>
        Assert.Single(Settings.Load(null, [], [new(name, value)]).Problems);

    [Fact]
    public void The_sample_file_uncommented_is_valid_and_says_the_defaults()
    {
        var lines = OptionTable.SampleFile().Split('\n')
            .Where(line => line.StartsWith("# ", StringComparison.Ordinal) && line.Contains(" = ",
                StringComparison.Ordinal))
            .Select(line => line[2..]).Where(line => OptionTable.Find(line.Split(' ')[0]) is not null).ToList();
        Assert.Equal(OptionTable.All.Count, lines.Count);
        var file = Path.GetTempFileName();
        File.WriteAllLines(file, lines);
        try
        {
            var settings = Settings.Load(file, [], []);
            Assert.Empty(settings.Problems);
            Assert.All(settings.All, setting => Assert.Equal(setting.Option.Default, setting.Value));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Secrets_are_not_shown() =>
        Assert.Equal("•••", Settings.Load(null, [], [new("admin-token", "s3cret")])["admin-token"].Shown);
}
