"""The command line as `python -m classlab`, for where the installed script is not on the path."""

import sys

from classlab.cli.main import main

sys.exit(main())
