# %% [markdown]
# # 1. Look at the data
#
# Before anything is trained: how many images there are, what a pixel is, and what the images show.

# %%
from opening import LIMIT, SEED, asked_for, class_names, np, plt, test_images, test_labels, train_images, train_labels

# %% [markdown]
# ## How many of each class

# %%
# Your turn: how many images of each class? `np.bincount` counts how often each label occurs.
# exercise: in_training = in_test = None
### BEGIN SOLUTION
in_training, in_test = np.bincount(train_labels), np.bincount(test_labels)
### END SOLUTION

# %%
# Check
with asked_for("Two arrays are asked for, `in_training` and `in_test`: one count for each class."):
    assert in_training is not None, "Nothing is counted yet: fill the gap above."
    assert len(in_training) == len(in_test) == len(class_names), "There must be one count for each class."
    assert sum(in_training) == len(train_images), "The counts of the training images must add up to all of them."
    assert sum(in_test) == len(test_images), "The counts of the test images must add up to all of them."

# %%
for name, seen, unseen in zip(class_names, in_training, in_test):
    print(f"{name:12} {seen:6} training images {unseen:6} test images")

# %% [markdown]
# ## One image and its label


# %%
def show(image, title):
    plt.figure(figsize=(3, 3))
    plt.imshow(image, cmap="gray_r")
    plt.title(title)
    plt.axis("off")
    plt.show()


show(train_images[25], f"training image 25: {class_names[train_labels[25]]}")
position = min(500, len(test_images) - 1)
show(test_images[position], f"test image {position}: {class_names[test_labels[position]]}")

# %% [markdown]
# ## Twenty-five random training images

# %%
chosen = np.random.default_rng(SEED).choice(len(train_images), 25, replace=False)
figure, axes = plt.subplots(5, 5, figsize=(7, 8))
for axis, position in zip(axes.flat, chosen):
    axis.imshow(train_images[position], cmap="gray_r")
    axis.set_title(class_names[train_labels[position]], fontsize=9)
    axis.axis("off")
plt.show()

# %% [markdown]
# ## Scaling
#
# A network learns best from small numbers. Pixels go from 0 to 255; divided by 255 they go from 0 to 1, and twice that
# minus 1 goes from -1 to 1.

# %%
# Your turn: the same images as float32, scaled to 0 to 1, and to -1 to 1.
# exercise: unit = symmetric = train_images[:LIMIT]
### BEGIN SOLUTION
unit = train_images[:LIMIT].astype("float32") / 255
symmetric = 2 * unit - 1
### END SOLUTION

# %%
# Check
with asked_for("Two arrays are asked for, `unit` and `symmetric`: the training images, scaled."):
    assert unit.dtype == "float32", "The scaled pixels must be float32: .astype('float32')."
    assert (unit.min(), unit.max()) == (0, 1), f"`unit` must go from 0 to 1, not {unit.min()} to {unit.max()}."
    assert (symmetric.min(), symmetric.max()) == (-1, 1), "`symmetric` must go from -1 to 1."

# %%
print("as they are", train_images.min(), "to", train_images.max())
print("unit       ", unit.min(), "to", unit.max())
print("symmetric  ", symmetric.min(), "to", symmetric.max())

# %%
from asked import data

# %% [markdown]
# What a dataset holds, in a picture: its size, the classes with their counts, and a tile.

# %%
data
