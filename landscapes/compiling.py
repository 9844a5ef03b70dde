"""How much time the compiler may spend on a program."""

from functools import partial

import equinox as eqx

# A network's program is compiled for seconds and often runs for milliseconds: LLVM's lowest level of optimisation
# saves a quarter of the time, and matrix products, which are what takes time, are as fast.
brisk_jit = partial(eqx.filter_jit, compiler_options={"xla_backend_optimization_level": 1})

# Of a function of two numbers XLA's older code generator makes a program as fast, in two thirds of the time, and cut into
# two parts, not thirty-two, in less again.
quick_jit = partial(eqx.filter_jit, compiler_options={"xla_cpu_use_fusion_emitters": False, "xla_cpu_parallel_codegen_split_count": 2})
