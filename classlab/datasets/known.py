"""What is known of the datasets that have a name: their classes, their official files and how these are recognised."""

from __future__ import annotations

from dataclasses import dataclass, field

DIGITS = tuple("0123456789")
IDX_FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


@dataclass(frozen=True, kw_only=True)
class Published:
    """A dataset that is published as files on the web.

    Args:
        name: its name here and the name of its folder.
        class_names: in label order.
        files: names of the files to fetch.
        mirrors: addresses that a file's name is appended to, tried in order.
        content: SHA-256 of each file once decompressed (its name without `.gz`), where known.
        packed: SHA-256 of each file as published, where the content's is not known.
        elsewhere: folder name under which torchvision keeps the files, if it does.
        keras: file or folder of Keras's cache that holds the dataset, if it does.
        largest: upper bound of one file's size in bytes, to end a transfer that does not end.
    """

    name: str
    class_names: tuple[str, ...]
    files: tuple[str, ...]
    mirrors: tuple[str, ...]
    content: dict[str, str] = field(default_factory=dict)
    packed: dict[str, str] = field(default_factory=dict)
    elsewhere: str = ""
    keras: str = ""
    largest: int = 64 * 2**20


_GZ = tuple(f"{name}.gz" for name in IDX_FILES)

MNIST = Published(
    name="mnist",
    class_names=DIGITS,
    files=_GZ,
    mirrors=(
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ),
    content={
        "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
    elsewhere="MNIST",
    keras="mnist.npz",
)

FASHION_MNIST = Published(
    name="fashion_mnist",
    class_names=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    files=_GZ,
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    ),
    content={
        "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
    elsewhere="FashionMNIST",
    keras="fashion-mnist",
)

KMNIST = Published(
    name="kmnist",
    class_names=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    files=_GZ,
    mirrors=("http://codh.rois.ac.jp/kmnist/dataset/kmnist/", "https://codh.rois.ac.jp/kmnist/dataset/kmnist/"),
    # As listed in TensorFlow Datasets, url_checksums/kmnist.txt.
    packed={
        "train-images-idx3-ubyte.gz": "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
        "train-labels-idx1-ubyte.gz": "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
        "t10k-images-idx3-ubyte.gz": "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
        "t10k-labels-idx1-ubyte.gz": "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
    },
    elsewhere="KMNIST",
)

CIFAR10 = Published(
    name="cifar10",
    class_names=("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    files=("cifar-10-binary.tar.gz",),
    mirrors=("https://www.cs.toronto.edu/~kriz/", "https://cave.cs.toronto.edu/kriz/"),
    # As listed in TensorFlow Datasets; the MD5 on the authors' page is c32a1d4ab5d03f1284b67883e8d87530.
    packed={"cifar-10-binary.tar.gz": "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"},
    largest=200 * 2**20,
)

PUBLISHED = {known.name: known for known in (MNIST, FASHION_MNIST, KMNIST, CIFAR10)}
EMBEDDED = ("mnist5k", "digits")
NAMES = ("mnist", "fashion_mnist", "kmnist", "cifar10", *EMBEDDED)


def spelled(name: str) -> str:
    """A dataset's name as `NAMES` has it, for Fashion-MNIST as well as for fashion_mnist.

    Example:
        >>> spelled("Fashion-MNIST") in NAMES
        True
    """
    return name.lower().replace("-", "_")
