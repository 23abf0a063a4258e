using Outrider.Cli;

return Verbs.Run(args, Console.Out, Console.Error);
