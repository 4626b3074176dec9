"""A platform team whose first commit is applied."""

import pytest

from tests.e2e.days.story import Story
from tests.e2e.gitops.teams import Team


@pytest.fixture
async def team(story: Story) -> Team:
    team = Team(story)
    await team.begin()
    return team
