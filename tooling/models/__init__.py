from tooling.models.credential import Credential
from tooling.models.execution import Execution
from tooling.models.tool import CustomTool, ToolVersion

__all__ = ["Credential", "CustomTool", "Execution", "ToolVersion"]
