namespace Outrider.Samples.Trading;

/// <summary>
/// Exponentially weighted least squares of y on x: each new pair counts fully, older ones less and less. Folding pairs
/// in the same order gives the same bits, so that two ways of computing it are equal or wrong.
/// </summary>
internal readonly record struct Regression(double Weight, double X, double Y, double XX, double XY)
{
    public const double Forgetting = 0.9;

    public Regression With(double x, double y) => new(
        (Forgetting * Weight) + 1, (Forgetting * X) + x, (Forgetting * Y) + y, (Forgetting * XX) + (x * x),
        (Forgetting * XY) + (x * y));

    public double Slope
    {
        get
        {
            var spread = (Weight * XX) - (X * X);
            return spread == 0 ? 0 : ((Weight * XY) - (X * Y)) / spread;
        }
    }

    public double Intercept => Weight == 0 ? 0 : (Y - (Slope * X)) / Weight;

    /// <summary>What y should be, going by what has been seen.</summary>
    public double Expect(double x) => Intercept + (Slope * x);
}
