"""Every class of error as a problem document."""

import grpc
import pytest
from conftest import Refusal

pytestmark = pytest.mark.asyncio(loop_scope="module")
