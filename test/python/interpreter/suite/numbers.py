"""Big integers, decimals, fractions, floats, complex numbers, random numbers, statistics."""
import cmath
import decimal
import fractions
import math
import random
import statistics

print(math.factorial(600) % (10**50 + 7), len(str(3**5000)), pow(7, 10**30, 10**25 + 13))
a, b = 1, 1
for _ in range(2000):
    a, b = b, a + b
print(hex(a)[:40], a.bit_length(), (a * b) >> 1400 & (2**120 - 1), divmod(b**3, a - 1)[1] % 10**30)
for _ in range(200):
    a = a ^ (a >> 3) | 1
print(a % 2**64, -a // 3 % 10**9, math.isqrt(a), math.gcd(a, b))

with decimal.localcontext() as context:
    context.prec = 120
    x = decimal.Decimal(2).sqrt()
    print(x, (x * x - 2).adjusted(), decimal.Decimal(1).exp())
total = sum((decimal.Decimal(i) / 7 for i in range(2000)), decimal.Decimal(0))
print(total, total.quantize(decimal.Decimal("0.01")))
print(sum(fractions.Fraction(1, n) for n in range(1, 200)).limit_denominator(10**9))

rng = random.Random(3)
values = [rng.gauss(0, 1) for _ in range(4000)]
print(statistics.mean(values), statistics.pstdev(values), math.fsum(values), statistics.median(values))
print(cmath.exp(1j * math.pi), sum(complex(i, -i) ** 2 for i in range(100)), float.hex(math.e**10))
try:
    1 << (1 << 62)
except (OverflowError, MemoryError) as error:
    print("refused")
try:
    print(1 // 0)
except ZeroDivisionError as error:
    print(error)
