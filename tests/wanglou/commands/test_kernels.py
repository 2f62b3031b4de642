"""``wanglou kernels``."""

from __future__ import annotations

from tests.support.command_line import run
from wanglou.kernel_cache import cache_folder


def test_all_is_compiled() -> None:
    """The command ends well and says where the kernels are kept."""
    done = run("kernels", width=300)
    assert (done.code, done.err.count("error")) == (0, 0)
    assert str(cache_folder()) in done.out
