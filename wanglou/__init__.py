"""What belongs to no stage: errors, kernels, the site file, the ledger, and on top the command line.

Takes: nothing of a stage in ``errors``, ``kernel``, ``site`` and ``ledger``; every stage in ``appliance`` and ``cli``.
Gives: the command ``wanglou``.
Start reading at ``appliance.py``: it joins the stages into the one flow.
"""

__version__ = "0.1.0"
