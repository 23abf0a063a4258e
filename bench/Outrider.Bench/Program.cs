return await Outrider.Bench.BenchCommand.Run(args, Console.Out, Console.Error);
